import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { closeLoad } from '../src/tear-down/close.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(closeLoad, { resolveCluster });
