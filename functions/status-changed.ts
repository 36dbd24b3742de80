import { machineArns } from '../src/config.ts';
import { tearDownAfter } from '../src/tear-down/status-changed.ts';
import type { StatusChange } from '../src/tear-down/status-changed.ts';
import { onLambda } from './lambda.ts';

/** "Step Functions Execution Status Change" of the main machine: FAILED, TIMED_OUT or ABORTED. */
export const handler = onLambda(async ({ detail }: { detail: StatusChange }, services) => {
  await tearDownAfter(detail, machineArns().tearDown, services);
});
