import { LoadClosedError, SupersededError } from '../errors.ts';
import type { Load } from '../services.ts';
import { stateDocument } from '../store/documents.ts';

/**
 * Asked by whoever holds what keeps others from writing to the target: whoever closes the load tells the store first and
 * takes that then, so either a step sees here that the load is closed, or closing sees what the step did.
 * @throws SupersededError, LoadClosedError
 */
export async function assertOpen(load: Load): Promise<void> {
  const state = await load.documents.need(stateDocument);
  if (state.attempt !== load.attempt)
    throw new SupersededError(`Attempt ${state.attempt} of ${load.loadId} has begun.`);
  if (state.status !== 'open') throw new LoadClosedError(`Load ${load.loadId} is ${state.status}.`);
}
