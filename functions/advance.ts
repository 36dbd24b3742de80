import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { dataPlane } from '../src/load/data-plane.ts';
import { advanceIn } from '../src/load/run-step.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(advanceIn(dataPlane), { resolveCluster });
