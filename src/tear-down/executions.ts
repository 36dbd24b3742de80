import { calling } from '../aws/failures.ts';
import { stepFunctions } from '../aws/clients.ts';
import type { CaughtError } from '../report/failure.ts';

/** Starts an execution, unless one of that name exists: names make starts happen once, however often they are asked for. */
export async function startOnce(stateMachineArn: string, name: string, input: unknown): Promise<'started' | 'exists'> {
  const { client, sdk } = await stepFunctions();
  return calling(`Starting ${name}`, async () => {
    try {
      await client.send(new sdk.StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      return 'started';
    } catch (error) {
      if (error instanceof sdk.ExecutionAlreadyExists) return 'exists';
      throw error;
    }
  });
}

/** What tear-down is told when a person asks for it. */
export const tornDownByHand: CaughtError = { Error: 'ExecutionAborted', Cause: 'The load was torn down by hand.' };

/** What tear-down is told by whoever starts it after the load's execution ended without it. */
export function failureOfStatus(status: string): CaughtError {
  switch (status) {
    case 'ABORTED':
      return { Error: 'ExecutionAborted', Cause: 'The execution was aborted.' };
    case 'TIMED_OUT':
      return { Error: 'ExecutionTimedOut', Cause: 'The execution took longer than it may.' };
    default:
      return { Error: 'States.Runtime', Cause: `The execution ended ${status} without tearing the load down.` };
  }
}

/** The status of an execution, or undefined when Step Functions knows none (any more: history is kept for 90 days). */
export async function statusOf(stateMachineArn: string, name: string): Promise<string | undefined> {
  const { client, sdk } = await stepFunctions();
  const executionArn = executionArnOf(stateMachineArn, name);
  return calling(`Asking for ${name}`, async () => {
    try {
      return (await client.send(new sdk.DescribeExecutionCommand({ executionArn }))).status;
    } catch (error) {
      if (error instanceof sdk.ExecutionDoesNotExist) return undefined;
      throw error;
    }
  });
}

/** arn:<partition>:states:<region>:<account>:stateMachine:<name>, and of its executions …:execution:<name>:<execution> */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
