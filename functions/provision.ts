import { openLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { strategyOf } from '../src/load/registry.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(async (input: LoadReference, services) => {
  const load = await openLoad(input, services);
  return strategyOf(load.plan).provision(load);
});
