/**
 * Every error that leaves a handler. The names are the interface between this code and the state machine
 * definitions (`ErrorEquals`), so they are literals, here and nowhere else.
 */
export const ERROR_NAMES = [
  'RequestError',
  'TransientError',
  'SupersededError',
  'LoadClosedError',
  'DeadlineError',
  'ShardsFailedError',
  'LoadFailedError',
] as const;
export type ErrorName = (typeof ERROR_NAMES)[number];

abstract class InitialLoadError extends Error {
  abstract override readonly name: ErrorName;
}

/** The request, or something that it names, is wrong. Nothing has been created. */
export class RequestError extends InitialLoadError {
  override readonly name = 'RequestError';
  readonly field: string;
  readonly advice: string;

  /**
   * @param problem `field` is the request's path or the object's name, `value` what was found there (never a secret),
   *   `wrong` says what is wrong with it, `advice` what to do.
   */
  constructor(problem: { field: string; value?: unknown; wrong: string; advice: string }, options?: ErrorOptions) {
    const value = problem.value === undefined ? '' : ` (${shorten(JSON.stringify(problem.value))})`;
    super(`${problem.field}${value}: ${problem.wrong}. ${problem.advice}`, options);
    this.field = problem.field;
    this.advice = problem.advice;
  }
}

/** May pass: the state machine tries the step again. */
export class TransientError extends InitialLoadError {
  override readonly name = 'TransientError';
}

/** A later invocation took over this shard: its fence is not ours any more. Whoever gets this stops, and is not tried again. */
export class SupersededError extends InitialLoadError {
  override readonly name = 'SupersededError';
}

/** The load was closed (torn down, aborted or swept) while this step ran. */
export class LoadClosedError extends InitialLoadError {
  override readonly name = 'LoadClosedError';
}

/** The load's deadline passed. */
export class DeadlineError extends InitialLoadError {
  override readonly name = 'DeadlineError';
}

/** One shard or more ended without a record of success. */
export class ShardsFailedError extends InitialLoadError {
  override readonly name = 'ShardsFailedError';
}

/** The load cannot succeed; `cause` is what the database or the service said. */
export class LoadFailedError extends InitialLoadError {
  override readonly name = 'LoadFailedError';
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
