import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { findDeployment, startOrAttach, type Deployment } from '../../cli/remote.ts';

const sfn = mockClient(SFNClient);
beforeEach(() => void sfn.reset());

const MACHINES = 'arn:aws:states:eu-west-1:123456789012:stateMachine:';
const EXECUTIONS = 'arn:aws:states:eu-west-1:123456789012:execution:shop-prod-initial-load:';
const machine = (name: string) => ({
  name,
  stateMachineArn: MACHINES + name,
  type: 'STANDARD' as const,
  creationDate: new Date(0),
});
const missing = new ExecutionDoesNotExist({ message: 'no such execution', $metadata: {} });
const exists = new ExecutionAlreadyExists({ message: 'closed', $metadata: {} });

describe('finding the deployment', () => {
  test('everything else follows from the machine found by its name, on whichever page it is', async () => {
    sfn
      .on(ListStateMachinesCommand)
      .resolvesOnce({ stateMachines: [machine('other')], nextToken: 'more' })
      .resolvesOnce({ stateMachines: [machine('shop-prod-initial-load')] });
    expect(await findDeployment('shop-prod')).toEqual({
      stack: 'shop-prod',
      loadMachineArn: `${MACHINES}shop-prod-initial-load`,
      tearDownMachineArn: `${MACHINES}shop-prod-tear-down`,
      planFunction: 'shop-prod-plan',
      acknowledgeFunction: 'shop-prod-acknowledge',
      storeAddress: 's3://shop-prod-store-123456789012-eu-west-1',
    });
  });

  test('an unknown stack is answered with those that are deployed', async () => {
    sfn
      .on(ListStateMachinesCommand)
      .resolves({ stateMachines: [machine('initial-load-dev-initial-load'), machine('x')] });
    await expect(findDeployment('initial-load-prod')).rejects.toThrow(
      '--stack ("initial-load-prod"): this stack is not deployed in this account and region. Deployed are: initial-load-dev',
    );
  });

  test.each(['CredentialsProviderError', 'ExpiredTokenException', 'AccessDeniedException'])(
    '%s asks to log in',
    async (name) => {
      sfn.on(ListStateMachinesCommand).rejects(Object.assign(new Error('what AWS said.'), { name }));
      await expect(findDeployment('any')).rejects.toThrow(`AWS credentials: ${name}: what AWS said. Log in`);
    },
  );

  test('a missing region asks for one', async () => {
    sfn.on(ListStateMachinesCommand).rejects(new Error('Region is missing'));
    await expect(findDeployment('any')).rejects.toThrow('Give --region or set AWS_REGION');
  });
});

describe('starting or attaching', () => {
  const deployment = { loadMachineArn: `${MACHINES}shop-prod-initial-load` } as Deployment;
  const load = { loadId: 'mailer-1', firstAttempt: 1, request: { dataset: 'employees' } };
  const input = '{"loadId":"mailer-1","request":{"dataset":"employees"}}';
  const execution = (name: string) => ({ executionArn: EXECUTIONS + name });
  const started = () => sfn.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input.name);

  test('a load that never ran is started as its first attempt', async () => {
    sfn.on(DescribeExecutionCommand).rejects(missing);
    sfn.on(StartExecutionCommand).resolves(execution('mailer-1-1'));
    expect(await startOrAttach(deployment, load)).toEqual({ ...execution('mailer-1-1'), attempt: 1, started: true });
    expect(sfn.commandCalls(StartExecutionCommand)[0]?.args[0].input).toEqual({
      stateMachineArn: deployment.loadMachineArn,
      name: 'mailer-1-1',
      input,
    });
  });

  test('a running attempt with the same request is followed, and nothing is started', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ ...execution('mailer-1-1'), status: 'RUNNING', input });
    expect(await startOrAttach(deployment, load)).toEqual({ ...execution('mailer-1-1'), attempt: 1, started: false });
    expect(started()).toEqual([]);
  });

  test('a running attempt with another request is not touched', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ ...execution('mailer-1-1'), status: 'RUNNING', input: '{}' });
    await expect(startOrAttach(deployment, load)).rejects.toThrow(
      '--load-id ("mailer-1"): attempt 1 at this load is running with a different request',
    );
    expect(started()).toEqual([]);
  });

  test('names of attempts that ended are passed over', async () => {
    sfn.on(DescribeExecutionCommand).rejects(missing);
    sfn.on(DescribeExecutionCommand, execution('mailer-1-1')).resolves({ status: 'FAILED' });
    sfn.on(DescribeExecutionCommand, execution('mailer-1-2')).resolves({ status: 'SUCCEEDED' });
    sfn.on(StartExecutionCommand).resolves(execution('mailer-1-3'));
    expect(await startOrAttach(deployment, load)).toMatchObject({ attempt: 3, started: true });
    expect(started()).toEqual(['mailer-1-3']);
  });

  test('whoever loses a race for the name follows the winner', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .rejectsOnce(missing)
      .resolves({ ...execution('mailer-1-1'), status: 'RUNNING', input });
    sfn.on(StartExecutionCommand).rejects(exists);
    expect(await startOrAttach(deployment, load)).toMatchObject({ attempt: 1, started: false });
  });
});
