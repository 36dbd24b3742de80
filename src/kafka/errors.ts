import { setTimeout } from 'node:timers/promises';
import { findErrorBy, GenericError } from '@platformatic/kafka';
import { ERROR_NAMES, LoadFailedError, SupersededError, TransientError } from '../errors.ts';

/** A later producer has the same transactional id. Which of the two a broker says depends on the request's version. */
const FENCED = ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED'];
/**
 * Pass within seconds: a transaction that is being ended, a coordinator or leader that is being elected or loaded. A request
 * that was refused so has done nothing (KIP-98), so it may be repeated as it was.
 */
const PASSING = [
  'CONCURRENT_TRANSACTIONS',
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'NOT_CONTROLLER',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'UNSTABLE_OFFSET_COMMIT',
];
/**
 * The brokers have lost what they knew of the producer, or its transaction can only be aborted: after an unclean election, say.
 * Whoever opens the transactional id next aborts it and begins anew.
 */
const LOST_PRODUCER = [
  'UNKNOWN_PRODUCER_ID',
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTION_ABORTABLE',
];
const AUTHORIZATION = /_AUTHORIZATION_FAILED$/;
const FIRST_WAIT_MILLISECONDS = 20;
const LONGEST_WAIT_MILLISECONDS = 500;
const PATIENCE_MILLISECONDS = 20_000;

/** Asks again while the answer is one that passes by itself. */
export async function withPatience<T>(ask: () => Promise<T>): Promise<T> {
  let waitMilliseconds = FIRST_WAIT_MILLISECONDS;
  for (let waited = 0; ; waited += waitMilliseconds) {
    try {
      return await ask();
    } catch (error) {
      if (!saysOneOf(error, PASSING) || waited >= PATIENCE_MILLISECONDS) throw error;
    }
    await setTimeout(waitMilliseconds);
    waitMilliseconds = Math.min(2 * waitMilliseconds, LONGEST_WAIT_MILLISECONDS);
  }
}

/** Whether the brokers answered with this error of the protocol, such as UNKNOWN_TOPIC_OR_PARTITION. */
export function says(error: unknown, id: string): boolean {
  return saysOneOf(error, [id]);
}

/** Asks with patience. @returns whether it was done; false when the brokers answer with this error of the protocol */
export async function unlessSaid(id: string, ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await withPatience(ask);
    return true;
  } catch (error) {
    if (says(error, id)) return false;
    throw error;
  }
}

/** In the middle of a load: what a failure means to the state machine. @param doing such as `Producing to the topic x` */
export function explainKafka(error: unknown, doing: string): Error {
  if (!(error instanceof Error)) return new LoadFailedError(`${doing} failed.`, { cause: error });
  if ((ERROR_NAMES as readonly string[]).includes(error.name)) return error;
  if (saysOneOf(error, FENCED)) return new SupersededError(`${doing}: a later invocation took over.`, { cause: error });
  const said = wordsOf(error);
  if (said.some(({ apiId }) => AUTHORIZATION.test(String(apiId)))) {
    return new LoadFailedError(`${doing} is not allowed: ${describe(said)}.`, { cause: error });
  }
  if (isLoginRefused(error)) {
    return new LoadFailedError(`${doing}: the brokers did not accept the login.`, { cause: error });
  }
  if (passes(error) || saysOneOf(error, LOST_PRODUCER))
    return new TransientError(`${doing} failed: ${describe(said)}.`, { cause: error });
  return said.length > 0 ? new LoadFailedError(`${doing} failed: ${describe(said)}.`, { cause: error }) : error;
}

/** Out of reach, cut off, or an answer that a later request may not get. */
export function passes(error: Error): boolean {
  return (
    !isLoginRefused(error) &&
    [findErrorBy(error, 'code', 'PLT_KFK_NETWORK'), findErrorBy(error, 'canRetry', true)].some(Boolean)
  );
}

/** The client hangs it below an error that says only that the connection failed. */
function isLoginRefused(error: Error): boolean {
  if (findErrorBy(error, 'code', 'PLT_KFK_AUTHENTICATION')) return true;
  const causes = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  return causes.some((cause) => cause instanceof Error && isLoginRefused(cause));
}

function saysOneOf(error: unknown, ids: string[]): boolean {
  return wordsOf(error).some(({ apiId }) => ids.includes(String(apiId)));
}

/** The errors of the client that stand in one, or the one itself. */
function wordsOf(error: unknown): GenericError[] {
  if (error instanceof AggregateError) return error.errors.flatMap(wordsOf);
  return error instanceof GenericError ? [error] : [];
}

function describe(said: GenericError[]): string {
  const words = said.map(({ apiId, serverErrorMessage, message }) =>
    [apiId, serverErrorMessage ?? message].filter(Boolean).join(': '),
  );
  return [...new Set(words)].join('; ').replace(/\.$/, '');
}
