import { readLoad } from '../load/open-load.ts';
import { failureOfError } from '../report/failure.ts';
import { failureOfLoad } from '../report/outcome.ts';
import type { Services } from '../services.ts';
import type { LoadState } from '../store/documents.ts';
import { LoadDocuments, outcomeDocument, stateDocument } from '../store/documents.ts';
import { releaseLocks } from '../store/locks.ts';
import { closeTarget } from '../target/close.ts';
import { areLeft, isOfLeftovers } from './leftovers.ts';
import type { Closed, TearDownInput } from './tear-down-input.ts';

/**
 * Closes the load: first in the store, where every step looks before it begins, then in the bookkeeping, where every
 * chunk's transaction looks. The first closing decides how the load ended. A target that can't be reached is a problem
 * for later: what costs money is removed first.
 */
export async function closeLoad(input: TearDownInput, services: Services): Promise<Closed> {
  if (isOfLeftovers(input)) {
    // Nothing is closed: there is nobody whom that would stop. What is left outlives a load in the control plane only.
    return (await areLeft(input, services)) ? { status: 'closed', plane: 'control' } : { status: 'left-alone' };
  }
  const documents = new LoadDocuments(services.store, input.loadId);
  let found = await documents.read(stateDocument);
  if (found === undefined) {
    // Locks without a load are what an acceptance that broke off leaves. One that goes on writes its state and then looks
    // for its locks; here it is the other way round, so that at least one of the two sees the other.
    await releaseLocks(services.store, input.loadId);
    found = await documents.read(stateDocument);
  }
  if (found === undefined || found.attempt !== input.attempt || !hasWork(found, input)) return { status: 'left-alone' };
  await decideOutcome(documents, found, input);
  // Read again: a step that marks the load as provisioned looks for the outcome after it has written.
  const state = await documents.need(stateDocument);
  await documents.write(stateDocument, { ...state, status: 'closed', updatedAt: services.now().toISOString() });

  const load = await readLoad(state, services);
  const plane = load?.plan.planes.tearDown ?? 'data';
  if (load === undefined || !state.provisioned) return { status: 'closed', plane };
  try {
    await closeTarget(load);
    return { status: 'closed', plane };
  } catch (error) {
    return { status: 'closed', plane, problem: failureOfError(error) };
  }
}

/** Once: an earlier closing may have decided it, or, at this moment, the step that tells the consumer of the success. */
async function decideOutcome(documents: LoadDocuments, { attempt }: LoadState, input: TearDownInput): Promise<void> {
  const said = input.discard === undefined ? {} : { discard: input.discard };
  if ((await documents.read(outcomeDocument)) === undefined) {
    const failure = await failureOfLoad(documents, input.failure);
    if (await documents.create(outcomeDocument, { attempt, ...(failure && { failure }), ...said })) return;
  }
  const decided = await documents.need(outcomeDocument);
  if (input.discard !== undefined) await documents.write(outcomeDocument, { ...decided, ...said });
}

/** Kept rows wait for a next attempt until somebody says that they shall go. */
function hasWork(state: LoadState, input: TearDownInput): boolean {
  if (state.status === 'kept') return input.discard === true;
  return state.status !== 'finished';
}
