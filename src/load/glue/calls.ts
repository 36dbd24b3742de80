import { glue } from '../../aws/clients.ts';
import { TransientError } from '../../errors.ts';
import type { Load } from '../../services.ts';
import type { StepAnswer } from '../../step.ts';
import { callControlPlane } from '../../aws/call-control-plane.ts';
import { POLL_SECONDS, waitFor } from '../pace.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { adviceFor } from './advice.ts';

type Glue = Awaited<ReturnType<typeof glue>>;

/** A slot is free again some seconds after a run has ended; quotas are freed by others; the last two say so themselves. */
const PASSING = new Set([
  'ConcurrentRunsExceededException',
  'ResourceNumberLimitExceededException',
  'ConcurrentModificationException',
  'OperationTimeoutException',
]);

/**
 * Calls Glue.
 * @param doing the call's name, with which a message about it begins
 * @param expected by the fault's name (EntityNotFoundException, …), what to answer then
 * @throws TransientError, LoadFailedError
 */
export async function callGlue<T>(
  doing: string,
  call: (glue: Glue) => Promise<T>,
  expected: Partial<Record<string, T>> = {},
): Promise<T> {
  return callControlPlane(doing, async () => call(await glue()), { expected, passing: PASSING, adviceFor });
}

/** A step that something keeps from going on that may pass: it is told, and waited out until the load's deadline. */
export async function waitingOut(load: Load, step: () => Promise<StepAnswer>): Promise<StepAnswer> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    await tellWaitingFor(load, `AWS, which says for now: ${error.message}`);
    return waitFor(load, { shortestSeconds: POLL_SECONDS });
  }
}
