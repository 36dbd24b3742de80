import { explainRefusal, reportEnd } from '../src/tear-down/report-end.ts';
import type { CaughtError } from '../src/report/failure.ts';
import type { EndInput } from '../src/tear-down/report-end.ts';
import { onLambda } from './lambda.ts';

export const handler = onLambda(async (input: EndInput | { failure: CaughtError }, services) =>
  'loadId' in input ? reportEnd(input, services) : explainRefusal(input.failure),
);
