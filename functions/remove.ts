import { removeResources } from '../src/tear-down/remove.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(removeResources);
