import { controlPlane } from '../src/load/control-plane.ts';
import { advanceIn } from '../src/load/run-step.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(advanceIn(controlPlane));
