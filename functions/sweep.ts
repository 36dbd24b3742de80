import { machineArns } from '../src/config.ts';
import { sweepLoads } from '../src/tear-down/sweep.ts';
import { onLambda } from './lambda.ts';

/** By the clock, whatever it is given: certain, where the rule on status changes is best effort. */
export const handler = onLambda((_event: unknown, services) => sweepLoads(machineArns(), services), {
  told: (found) => found,
});
