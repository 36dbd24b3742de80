import type { Services } from '../services.ts';
import type { StepAnswer } from '../step.ts';
import { openLoad, untilOf } from './open-load.ts';
import type { LoadReference } from './open-load.ts';
import { stepOf } from './strategy.ts';
import type { StepRegistry } from './strategy.ts';

export interface ShardReference extends LoadReference {
  shard: string;
}

/** The step Provision in one plane: of the strategy that the load's plan names. */
export function provisionIn(steps: StepRegistry) {
  return async (input: LoadReference, services: Services): Promise<StepAnswer> => {
    const load = await openLoad(input, services);
    return stepOf(steps, load.plan, 'provision')(load);
  };
}

/** The step Advance in one plane. */
export function advanceIn(steps: StepRegistry) {
  return async (input: ShardReference, services: Services, until: Date): Promise<StepAnswer> => {
    const load = await openLoad(input, services);
    const shard = load.plan.shards.find(({ id }) => id === input.shard);
    if (shard === undefined) throw new Error(`The plan of ${input.loadId} has no shard ${input.shard}.`);
    return stepOf(steps, load.plan, 'advance')(load, shard, untilOf(load, until));
  };
}
