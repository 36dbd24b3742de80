import type { LoadResult, NotificationRecord, TornDown } from '../model.ts';
import type { CaughtError } from '../report/failure.ts';
import { failureOfCaught } from '../report/failure.ts';
import { buildResult } from '../report/result.ts';
import type { Services } from '../services.ts';
import type { LoadDocuments } from '../store/documents.ts';
import {
  documentName,
  notificationsDocument,
  requestDocument,
  resultDocument,
  stateDocument,
} from '../store/documents.ts';
import { releaseLocks } from '../store/locks.ts';
import { readClosedLoad, replaceProblems } from './closed-load.ts';
import type { ClosedLoad } from './closed-load.ts';
import { areLeft, isOfLeftovers, recordLeftovers } from './leftovers.ts';
import type { TearDownInput } from './tear-down-input.ts';

/**
 * Writes the result and gives back what the load held. A load that could not be torn down stays closed and keeps its
 * locks, so that the sweep, or a person, tears it down again. An attempt that made nothing leaves nothing, and the result
 * of an earlier attempt stays: what is known of the load is still that.
 */
export async function recordResult(input: TearDownInput, services: Services): Promise<void> {
  if (isOfLeftovers(input)) {
    if (await areLeft(input, services)) await recordLeftovers(input, services, problemsOf(input));
    return;
  }
  const closed = await readClosedLoad(input, services);
  if (closed === undefined) return;
  const { documents, state } = closed;
  const tornDown = await replaceProblems(documents, problemsOf(input));
  if (madeNothing(closed, tornDown)) {
    await releaseLocks(services.store, input.loadId);
    return forget(documents);
  }
  const tearDown = endOf(tornDown, await keepsRows(closed));
  const finishedAt = services.now().toISOString();
  const untold = await findUntold(closed, input);
  // Of a failure a next tear-down tells again what is not written as told; of a success nobody does.
  if (untold !== undefined && closed.outcome.failure === undefined) {
    await documents.write(notificationsDocument, untold);
  }
  const result = await buildResult(documents, state, { tearDown, finishedAt });
  await documents.write(resultDocument, { ...result, ...(untold && { notifications: untold }) });
  if (tearDown === 'incomplete') return;
  if (tearDown === 'complete') await releaseLocks(services.store, input.loadId);
  await documents.write(stateDocument, {
    ...state,
    status: tearDown === 'kept' ? 'kept' : 'finished',
    updatedAt: finishedAt,
  });
}

/** When the step that tells the consumer broke before it wrote down what it told: no channel was told, and why. */
async function findUntold(
  { documents, outcome }: ClosedLoad,
  { notifyProblem, notifyFailureProblem }: TearDownInput,
): Promise<NotificationRecord[] | undefined> {
  const [type, problem] =
    outcome.failure === undefined
      ? (['InitialLoadSucceeded', notifyProblem] as const)
      : (['InitialLoadFailed', notifyFailureProblem] as const);
  const told = (await documents.read(notificationsDocument)) ?? [];
  if (problem === undefined || told.some((each) => each.type === type)) return undefined;
  const { notify } = await documents.need(requestDocument);
  const detail = failureOfCaught(problem).cause;
  return [...told, ...notify.map(({ channel }) => ({ type, channel, status: 'failed' as const, detail }))];
}

/** Refused or ended before its first step outside the store, or refused by that step, which changes all or nothing. */
function madeNothing({ state, outcome }: ClosedLoad, tornDown: TornDown[]): boolean {
  return tornDown.length === 0 && (!state.provisioned || outcome.failure?.error === 'RequestError');
}

/** Whether the rows and checkpoints of a failed load stay, for a next attempt to go on from. */
async function keepsRows({ documents, outcome, load }: ClosedLoad): Promise<boolean> {
  if (load === undefined || outcome.failure === undefined || outcome.discard === true) return false;
  return (await documents.need(requestDocument)).onFailure === 'keep';
}

function problemsOf(input: TearDownInput): TornDown[] {
  const steps: [step: string, problem: CaughtError | undefined][] = [
    ['Close the load', input.closeProblem],
    ['Remove', input.removeProblem],
    ['Restore target', input.restoreProblem],
  ];
  return steps
    .filter((step): step is [string, CaughtError] => step[1] !== undefined)
    .map(([id, problem]) => ({ type: 'step', id, status: 'failed', detail: failureOfCaught(problem).cause }));
}

function endOf(tornDown: TornDown[], keeps: boolean): LoadResult['tearDown'] {
  if (tornDown.some(({ status }) => status === 'failed')) return 'incomplete';
  return keeps ? 'kept' : 'complete';
}

/** The state goes first: without it, whatever a kill leaves here is nobody's. */
async function forget(documents: LoadDocuments): Promise<void> {
  await documents.remove(stateDocument);
  for (const path of await documents.list('')) {
    if (path !== resultDocument.path) await documents.remove(documentName(path));
  }
}
