import { openLoad, untilOf } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { strategyOf } from '../src/load/registry.ts';
import { onLambda } from './lambda.ts';

interface AdvanceInput extends LoadReference {
  shard: string;
}

export const handler = onLambda(async (input: AdvanceInput, services, until) => {
  const load = await openLoad(input, services);
  const shard = load.plan.shards.find(({ id }) => id === input.shard);
  if (shard === undefined) throw new Error(`The plan of ${input.loadId} has no shard ${input.shard}.`);
  return strategyOf(load.plan).advance(load, shard, untilOf(load, until));
});
