/**
 * An error as Step Functions sees it come out of a Lambda function: its name is what Retry and Catch match, and its Cause
 * (the message, to the interpreter) is JSON.
 */
export function asLambdaError(error: unknown): Error {
  const thrown = error instanceof Error ? error : new Error(String(error));
  // An error of the service itself comes as it is.
  if (thrown.name.startsWith('States.')) return thrown;
  const { name: errorType, message: errorMessage, stack = '' } = thrown;
  const seen = new Error(JSON.stringify({ errorType, errorMessage, trace: stack.split('\n') }));
  seen.name = errorType;
  return seen;
}
