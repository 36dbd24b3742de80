import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { openLoad, untilOf } from '../src/load/open-load.ts';
import { dataPlane } from '../src/load/data-plane.ts';
import { restoreTarget } from '../src/target/restore.ts';
import { addTornDown } from '../src/tear-down/closed-load.ts';
import { restoreAfterwards } from '../src/tear-down/restore.ts';
import type { TearDownInput } from '../src/tear-down/tear-down-input.ts';
import { onLambda } from './lambda.ts';

/** In the main machine a part of the proof; in tear-down, which closed the load before, what leaves the target in order. */
export const handler = onLambda(
  async (input: TearDownInput, services, until) => {
    if (input.closed !== undefined || input.closeProblem !== undefined) return restoreAfterwards(input, services);
    const load = await openLoad(input, services);
    const settled = await dataPlane[load.plan.strategy]?.settle?.(load, untilOf(load, until));
    if (settled?.status === 'working') return settled;
    const { answer, restored } = await restoreTarget(load);
    await addTornDown(load.documents, restored);
    return answer;
  },
  { resolveCluster },
);
