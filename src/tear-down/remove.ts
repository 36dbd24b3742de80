import { stepOf } from '../load/strategy.ts';
import type { StepRegistry } from '../load/strategy.ts';
import type { Services } from '../services.ts';
import { done } from '../step.ts';
import type { StepAnswer } from '../step.ts';
import { addTornDown, readClosedLoad } from './closed-load.ts';
import { isOfLeftovers, removeLeftovers } from './leftovers.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** Removes the strategy's temporary resources, as far as they exist. */
export function removeIn(steps: StepRegistry) {
  return async (input: TearDownInput, services: Services): Promise<StepAnswer> => {
    if (isOfLeftovers(input)) return removeLeftovers(steps, input, services);
    const closed = await readClosedLoad(input, services);
    if (closed?.load === undefined) return done;
    const { answer, tornDown } = await stepOf(steps, closed.load.plan, 'tearDown')(closed.load);
    await addTornDown(closed.documents, tornDown);
    return answer;
  };
}
