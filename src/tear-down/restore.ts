import { dataPlane } from '../load/data-plane.ts';
import type { Load, Services } from '../services.ts';
import { done } from '../step.ts';
import type { StepAnswer } from '../step.ts';
import { cleanTarget } from '../target/clean.ts';
import { closeTarget } from '../target/close.ts';
import { addTornDown, readClosedLoad } from './closed-load.ts';
import type { ClosedLoad } from './closed-load.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** Leaves the target as it was found, or with the rows of a load that succeeded or is kept. */
export async function restoreAfterwards(input: TearDownInput, services: Services): Promise<StepAnswer> {
  const closed = await readClosedLoad(input, services);
  if (closed?.load === undefined) return done;
  const { documents, outcome } = closed;
  // Nothing may write any more before rows are removed; the first closing may not have reached the target.
  if (input.closed?.status !== 'closed' || input.closed.problem !== undefined) await closeTarget(closed.load);
  const clean = dataPlane[closed.load.plan.strategy]?.clean;
  if (clean) await addTornDown(documents, await clean(closed.load));
  const cleaned = await cleanTarget(asDecided(closed.load, closed), {
    outcome: outcome.failure === undefined ? 'succeeded' : 'failed',
  });
  await addTornDown(documents, cleaned.tornDown);
  return cleaned.answer;
}

function asDecided(load: Load, { outcome }: ClosedLoad): Load {
  return outcome.discard === true ? { ...load, request: { ...load.request, onFailure: 'discard' } } : load;
}
