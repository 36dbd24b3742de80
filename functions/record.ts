import { recordResult } from '../src/tear-down/record.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(recordResult);
