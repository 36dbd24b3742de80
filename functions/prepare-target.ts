import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { markProvisioned, openLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { prepareTarget } from '../src/target/prepare.ts';
import { takePositionBefore } from '../src/verify/positions.ts';
import { onLambda } from './lambda.ts';

/** Ends with the source's position before the first read, which waits for those who were writing then. */
export const handler = onLambda(
  async (input: LoadReference, services) => {
    const load = await openLoad(input, services);
    await markProvisioned(input, services);
    const prepared = await prepareTarget(load);
    return prepared.status === 'done' ? takePositionBefore(load) : prepared;
  },
  { resolveCluster },
);
