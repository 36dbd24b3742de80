import { dataPlane } from '../src/load/data-plane.ts';
import { removeIn } from '../src/tear-down/remove.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(removeIn(dataPlane));
