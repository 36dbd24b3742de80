import { markProvisioned, openLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { prepareTarget } from '../src/target/prepare.ts';
import { takePositionBefore } from '../src/verify/positions.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(async (input: LoadReference, services) => {
  const load = await openLoad(input, services);
  await markProvisioned(input, services);
  const prepared = await prepareTarget(load);
  return prepared.status === 'working' ? prepared : takePositionBefore(load);
});
