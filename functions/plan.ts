import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import type { LoadReference } from '../src/load/open-load.ts';
import { planAccepted } from '../src/plan/plan-accepted.ts';
import { planLoad } from '../src/plan/plan-load.ts';
import { assertWithinBounds } from '../src/request/bounds.ts';
import { parseRequest } from '../src/request/parse.ts';
import { onLambda } from './lambda.ts';

/** From the command `plan`: the decision about a request that nobody has asked to run. Nothing is written anywhere. */
interface DryRun {
  dryRun: true;
  request: unknown;
}

export const handler = onLambda(
  async (input: LoadReference | DryRun, services) => {
    if (!('dryRun' in input)) return planAccepted(input, services);
    const request = parseRequest(input.request);
    assertWithinBounds(request, services.bounds);
    return planLoad(request, services);
  },
  { resolveCluster },
);
