import { closeLoad } from '../src/tear-down/close.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(closeLoad);
