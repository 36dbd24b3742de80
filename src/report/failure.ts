import type { ErrorName } from '../errors.ts';
import type { Failure } from '../model.ts';

/**
 * An error as a state machine's Catch carries it. Of a Lambda function, Cause is JSON: { errorType, errorMessage, trace };
 * of a nested execution, JSON that describes it, with an Error and a Cause of its own; else text.
 */
export interface CaughtError {
  Error: string;
  Cause: string;
}

/** Names that Step Functions gives, and those that we give to what only a state machine or a person can say. */
type OtherName =
  | 'Mismatch'
  | 'ExecutionAborted'
  | 'ExecutionTimedOut'
  | 'States.Timeout'
  | 'Sandbox.Timedout'
  | 'States.Runtime';

const ADVICE: Record<ErrorName | OtherName, string> = {
  RequestError: 'Correct the request, or what it names, and run it again.',
  TransientError: 'It was tried several times. When source, target and network are well again, run the load again.',
  SupersededError: 'A later attempt at this load took over: look at that one.',
  LoadClosedError: 'Somebody or something else ended this attempt. Run the load again if that was not meant.',
  DeadlineError:
    'Raise limits.deadlineMinutes, or let more run at once with limits.maxSourceConnections, and run the load again.',
  ShardsFailedError: 'Mend what the message names and run the load again.',
  LoadFailedError: 'Mend what the message names and run the load again.',
  Mismatch:
    'Find out who else writes to the target tables, or what changed in the source meanwhile, and run the load again.',
  ExecutionAborted: 'Run the load again when it is wanted.',
  ExecutionTimedOut: 'Run the load again with more time or fewer tables.',
  'States.Timeout':
    "A step took longer than it may. Run the load again; if that happens again, look at the step's log.",
  'Sandbox.Timedout': 'A function took longer than it may. Run the load again; if that happens again, look at its log.',
  'States.Runtime':
    "The state machine met data that it was not made for. Please report this, with the execution's history.",
};
const ADVICE_FOR_OTHERS = 'Mend what the message names if you can, and run the load again; else report it as a defect.';

export function failureOf(error: string, cause: string): Failure {
  return { error, cause, advice: ADVICE[error as keyof typeof ADVICE] ?? ADVICE_FOR_OTHERS };
}

/** The failure with the original message, taken out of whatever a Catch wrapped it in. */
export function failureOfCaught(caught: CaughtError): Failure {
  const cause = parseObject(caught.Cause);
  if (typeof cause?.['errorMessage'] === 'string') {
    const message = cause['errorMessage'];
    return failureOf(caught.Error, message === '' ? `${caught.Error}, without a message.` : message);
  }
  if (typeof cause?.['Error'] === 'string') {
    const inner = cause['Cause'];
    return failureOfCaught({ Error: cause['Error'], Cause: typeof inner === 'string' ? inner : '' });
  }
  return failureOf(caught.Error, caught.Cause === '' ? `${caught.Error}, without a message.` : caught.Cause);
}

/** The failure of an error that was thrown here. */
export function failureOfError(error: unknown): Failure {
  if (!(error instanceof Error)) return failureOf('Error', String(error));
  return failureOf(error.name, error.message === '' ? `${error.name}, without a message.` : error.message);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
