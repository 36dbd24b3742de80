import { RequestError, TransientError } from '../errors.ts';
import { secretsManager, ssm } from './clients.ts';
import { isTransient } from './failures.ts';

/** The text of a secret. @throws RequestError, TransientError */
export async function readSecret(id: string, field: string): Promise<string> {
  const { client, sdk } = await secretsManager();
  const answer = await reading(id, field, () => client.send(new sdk.GetSecretValueCommand({ SecretId: id })));
  return valueOf(answer.SecretString, id, field);
}

/** The value of a parameter, decrypted. @throws RequestError, TransientError */
export async function readParameter(path: string, field: string): Promise<string> {
  const { client, sdk } = await ssm();
  const command = new sdk.GetParameterCommand({ Name: path, WithDecryption: true });
  const answer = await reading(`ssm:${path}`, field, () => client.send(command));
  return valueOf(answer.Parameter?.Value, `ssm:${path}`, field);
}

/** Keeps nothing of the service's error but its name: the SDK hangs the response on it, which may hold the secret. */
async function reading<T>(reference: string, field: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { name, message } = error as Error;
    if (message === 'Region is missing') {
      throw new RequestError({ field, value: reference, wrong: 'no AWS region is set', advice: 'Set AWS_REGION' });
    }
    if (isTransient(error)) throw new TransientError(`${field} (${reference}) cannot be read now: ${name}.`);
    throw new RequestError({ field, value: reference, ...explain(name) });
  }
}

function explain(name: string): { wrong: string; advice: string } {
  switch (name) {
    case 'ResourceNotFoundException':
    case 'ParameterNotFound':
      return { wrong: 'there is no such secret', advice: 'Check the name, the account and the region' };
    case 'AccessDeniedException':
    case 'AccessDenied':
      return {
        wrong: 'this role may not read it',
        advice:
          'Give the secret, and a key of its own, the tag that the deployment asks for, or allow the role to read it',
      };
    case 'CredentialsProviderError':
      return { wrong: 'there are no AWS credentials to read it with', advice: 'Log in to AWS first' };
    default:
      return { wrong: `it cannot be read (${name})`, advice: 'Check it in the AWS console' };
  }
}

function valueOf(value: string | undefined, reference: string, field: string): string {
  if (value) return value;
  throw new RequestError({
    field,
    value: reference,
    wrong: 'it holds no text',
    advice: 'Store the value as text, not as binary',
  });
}
