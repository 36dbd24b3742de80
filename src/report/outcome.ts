import { LoadClosedError } from '../errors.ts';
import type { Failure, TableVerification } from '../model.ts';
import type { LoadDocuments } from '../store/documents.ts';
import {
  acknowledgedDocument,
  notificationsDocument,
  outcomeDocument,
  planDocument,
  verificationDocument,
} from '../store/documents.ts';
import { failureOf, failureOfCaught } from './failure.ts';
import type { CaughtError } from './failure.ts';

/*
 * How a load ended is decided once, by whoever creates the outcome document first:
 *
 * - that it succeeded, by the step with which what it loaded becomes the consumer's. That is Notify consumer, just before it
 *   tells: from then on an abort must not discard rows that a consumer relies on. Where the plan awaits the consumer, what
 *   was loaded goes with tear-down: having been told is worth nothing yet, and the step is Await consumer, or an
 *   acknowledgement;
 * - that it failed, or succeeded after all, by closing it: with what failureOfLoad says.
 */

/**
 * @param before what was about to become true: `its consumer was told of its success`
 * @throws LoadClosedError when the load has failed meanwhile
 */
export async function decideSuccess(documents: LoadDocuments, attempt: number, before: string): Promise<void> {
  if (!(await documents.create(outcomeDocument, { attempt }))) await assertNotFailed(documents, before);
}

/** @throws LoadClosedError when it is decided already that the load failed */
export async function assertNotFailed(documents: LoadDocuments, before: string): Promise<void> {
  if ((await documents.read(outcomeDocument))?.failure === undefined) return;
  throw new LoadClosedError(`The load ${documents.loadId} was closed before ${before}.`);
}

/**
 * Why a load that is closed did not succeed, or undefined when it did: every table is verified, and nothing failed before
 * what was loaded was the consumer's. Only a step that broke off leaves this to be decided here.
 * @param caught what the state machine, or whoever ended the load, says went wrong
 */
export async function failureOfLoad(documents: LoadDocuments, caught?: CaughtError): Promise<Failure | undefined> {
  const mismatch = mismatchOf(await documents.read(verificationDocument));
  const failure = caught && failureOfCaught(caught);
  if (mismatch !== undefined) return failure ?? mismatch;
  if ((await documents.read(planDocument))?.awaitsConsumer) {
    return (await documents.read(acknowledgedDocument)) === undefined ? failureWhileAwaited(failure) : undefined;
  }
  return (await documents.read(notificationsDocument)) === undefined ? failure : undefined;
}

const ADVICE_WHILE_AWAITED =
  'See why the consumer has not read it all. Raise limits.deadlineMinutes if it needs longer, and run the load again.';

function failureWhileAwaited(failure: Failure | undefined): Failure {
  if (failure === undefined) return failureOf('LoadClosedError', 'It was closed before its consumer had read it.');
  // Of the deadline's usual advice, to load faster, nothing helps here.
  return failure.error === 'DeadlineError' ? { ...failure, advice: ADVICE_WHILE_AWAITED } : failure;
}

function mismatchOf(verification: TableVerification[] | undefined): Failure | undefined {
  if (verification === undefined) return failureOf('Mismatch', 'The tables have not been verified.');
  const wrong = verification.filter((table) => !table.verified);
  const [first] = wrong;
  if (first === undefined) return undefined;
  const others = wrong.length === 1 ? '' : ` So are ${wrong.length - 1} other tables.`;
  return failureOf('Mismatch', `${first.source} is not verified: ${first.mismatches.join('; ')}.${others}`);
}
