import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { awaitConsumer } from '../src/load/await-consumer.ts';
import { dataPlane } from '../src/load/data-plane.ts';
import { openVerifiedLoad } from '../src/load/open-load.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(
  async (input: LoadReference, services) => {
    const load = await openVerifiedLoad(input, services);
    return awaitConsumer(load, dataPlane[load.plan.strategy]?.findLag);
  },
  { resolveCluster },
);
