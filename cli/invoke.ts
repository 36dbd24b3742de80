import { lambda } from '../src/aws/clients.ts';

/** An error as Lambda answers it. */
export interface LambdaError {
  errorType: string;
  errorMessage: string;
}

/** Calls a function of the deployed stack and answers what it does. */
export async function invoke(functionName: string, input: object): Promise<object | LambdaError | null> {
  const { client, sdk } = await lambda();
  const payload = JSON.stringify(input);
  const { Payload } = await client.send(new sdk.InvokeCommand({ FunctionName: functionName, Payload: payload }));
  return JSON.parse(Buffer.from(Payload ?? []).toString() || 'null') as object | LambdaError | null;
}
