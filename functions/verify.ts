import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { openLoad, untilOf } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { verifyLoad } from '../src/verify/verify-load.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(
  async (input: LoadReference, services, until) => {
    const load = await openLoad(input, services);
    return verifyLoad(load, untilOf(load, until));
  },
  { resolveCluster },
);
