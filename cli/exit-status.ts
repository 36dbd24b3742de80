import type { Failure, LoadResult } from '../src/model.ts';
import { RequestError } from '../src/errors.ts';

/** What a script can tell from the exit status alone. */
export const EXIT_STATUS = {
  succeeded: 0,
  /** The load failed, or its tables could not be verified. */
  failed: 1,
  /** The request or the usage is wrong; nothing was created. */
  wrongRequest: 2,
  /** How the load ended is not known, or it is verified and something could not be torn down. */
  unknown: 3,
} as const;
export type ExitStatus = (typeof EXIT_STATUS)[keyof typeof EXIT_STATUS];

export function exitStatusOf(result: LoadResult): ExitStatus {
  if (result.status === 'SUCCEEDED') {
    return result.tearDown === 'complete' ? EXIT_STATUS.succeeded : EXIT_STATUS.unknown;
  }
  return result.failure === undefined ? EXIT_STATUS.failed : exitStatusOfFailure(result.failure);
}

export function exitStatusOfFailure(failure: Pick<Failure, 'error'>): ExitStatus {
  return failure.error === 'RequestError' ? EXIT_STATUS.wrongRequest : EXIT_STATUS.failed;
}

/** Of an error that ended a command: whatever is not the request's fault leaves the outcome unknown. */
export function exitStatusOfError(error: unknown): ExitStatus {
  return error instanceof RequestError ? EXIT_STATUS.wrongRequest : EXIT_STATUS.unknown;
}
