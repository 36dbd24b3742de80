import { controlPlane } from '../src/load/control-plane.ts';
import { provisionIn } from '../src/load/run-step.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(provisionIn(controlPlane));
