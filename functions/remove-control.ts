import { controlPlane } from '../src/load/control-plane.ts';
import { removeIn } from '../src/tear-down/remove.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(removeIn(controlPlane));
