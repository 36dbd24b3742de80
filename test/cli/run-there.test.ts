import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as s3Sdk from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import type { LoadResult, Plan } from '../../src/model.ts';
import {
  LoadDocuments,
  resultDocument,
  stateDocument,
  waitingForDocument,
  type LoadState,
} from '../../src/store/documents.ts';
import { S3Store } from '../../src/store/s3-store.ts';
import { type } from './terminal.ts';

const ENVIRONMENT = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const MACHINES = 'arn:aws:states:eu-west-1:123456789012:stateMachine:initial-load-dev';
const EXECUTION = 'arn:aws:states:eu-west-1:123456789012:execution:initial-load-dev-initial-load:mailer-1-1';
const TEAR_DOWN = 'arn:aws:states:eu-west-1:123456789012:execution:initial-load-dev-tear-down:any';
const missing = new ExecutionDoesNotExist({ message: 'none', $metadata: {} });

const sfn = mockClient(SFNClient);
const functions = mockClient(LambdaClient);
let bucket: S3StandIn;
let documents: LoadDocuments;

beforeAll(async () => {
  bucket = await startS3StandIn();
  Object.assign(process.env, ENVIRONMENT, { AWS_ENDPOINT_URL_S3: bucket.endpoint });
  const client = new s3Sdk.S3Client({});
  const place = { bucket: 'initial-load-dev-store-123456789012-eu-west-1', prefix: '' };
  documents = new LoadDocuments(new S3Store(place, () => Promise.resolve({ sdk: s3Sdk, client })), 'mailer-1');
});
afterAll(async () => {
  for (const name of [...Object.keys(ENVIRONMENT), 'AWS_ENDPOINT_URL_S3']) delete process.env[name];
  await bucket.stop();
});
beforeEach(async () => {
  sfn.reset();
  functions.reset();
  const name = 'initial-load-dev-initial-load';
  const machine = {
    name,
    stateMachineArn: `${MACHINES}-initial-load`,
    type: 'STANDARD' as const,
    creationDate: new Date(0),
  };
  sfn.on(ListStateMachinesCommand).resolves({ stateMachines: [machine] });
  sfn.on(StartExecutionCommand).resolves({ executionArn: EXECUTION });
  await documents.remove(stateDocument);
  await documents.remove(resultDocument);
});

const request = JSON.stringify({
  dataset: 'employees',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'hr-database', tables: ['hr.*'] },
  target: { engine: 'postgres', connection: 'mailer-database' },
});
const result = (part: Partial<LoadResult> = {}) =>
  ({
    loadId: 'mailer-1',
    attempt: 1,
    status: 'SUCCEEDED',
    tables: [],
    notifications: [],
    tearDown: 'complete',
    tornDown: [],
    startedAt: '2026-01-01T10:00:00.000Z',
    finishedAt: '2026-01-01T10:00:04.000Z',
    ...part,
  }) as unknown as LoadResult;
const run = (...more: string[]) => type(['run', '-', '--load-id', 'mailer-1', ...more], request);
const started = () => sfn.commandCalls(StartExecutionCommand).map(({ args }) => args[0].input);
/** An execution that is not there before it is started, and has left its result when it is looked at for the second time. */
function executionThatLeaves(status: 'RUNNING' | 'ABORTED', left: LoadResult): void {
  let looks = 0;
  sfn.on(DescribeExecutionCommand).callsFake(async () => {
    looks += 1;
    if (looks === 1) throw missing;
    if (looks === 3) await documents.write(resultDocument, left);
    return { status };
  });
}

describe('run with a deployed stack', () => {
  test('starts the machine and ends with the result that the load leaves in the store', async () => {
    executionThatLeaves('RUNNING', result());
    const { status, stdout, stderr } = await run('--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(result());
    expect(stderr).toBe(`Started mailer-1, attempt 1: ${EXECUTION}\n`);
    expect(started()).toMatchObject([{ name: 'mailer-1-1', stateMachineArn: `${MACHINES}-initial-load` }]);
  });

  test('says what is waited for while there are no rows to show, once for each', async () => {
    await documents.write(stateDocument, { attempt: 1, status: 'open', execution: 'mailer-1-1' } as LoadState);
    await documents.write(waitingForDocument, {
      what: 'a DMS replication instance',
      since: '2026-01-01T10:00:00.000Z',
    });
    executionThatLeaves('RUNNING', result());
    const { stderr } = await run('--json');
    expect(stderr.split('waiting for a DMS replication instance')).toHaveLength(2);
  });

  test('that was started before is followed again', async () => {
    await documents.write(stateDocument, { attempt: 1, status: 'open', execution: 'mailer-1-1' } as LoadState);
    const input = JSON.stringify({ loadId: 'mailer-1', request: JSON.parse(request) as unknown });
    sfn.on(DescribeExecutionCommand).resolves({ executionArn: EXECUTION, status: 'RUNNING', input });
    const running = run();
    await documents.write(resultDocument, result({ status: 'FAILED' }));
    const { status, stderr } = await running;
    expect(status).toBe(1);
    expect(stderr).toContain('Following mailer-1, attempt 1');
    expect(started()).toEqual([]);
  });

  test('a request that the deployment refuses is a wrong request, in one line', async () => {
    sfn
      .on(DescribeExecutionCommand)
      .rejectsOnce(missing)
      .resolves({ status: 'FAILED', error: 'RequestError', cause: 'source.connection ("hr-database"): not allowed.' });
    const { status, stdout, stderr } = await run();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/\ninitial-load: source\.connection \("hr-database"\): not allowed\.\n$/);
  });

  test('of an execution that somebody aborted waits for what tear-down says', async () => {
    const failure = { error: 'ExecutionAborted', cause: 'The execution was aborted.', advice: 'Run it again.' };
    executionThatLeaves('ABORTED', result({ status: 'FAILED', failure }));
    const { status, stdout } = await run('--json');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ failure });
  });

  test('with --detach leaves once it is started', async () => {
    sfn.on(DescribeExecutionCommand).rejects(missing);
    const { status, stdout } = await run('--detach', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ loadId: 'mailer-1', attempt: 1, executionArn: EXECUTION, started: true });
  });

  test('after a load that has ended is its next attempt', async () => {
    await documents.write(resultDocument, result({ attempt: 4 }));
    sfn.on(DescribeExecutionCommand).rejects(missing);
    await run('--detach');
    expect(started()).toMatchObject([{ name: 'mailer-1-5' }]);
  });
});

describe('plan with a deployed stack', () => {
  const answers = (payload: unknown) =>
    functions.on(InvokeCommand).resolves({ Payload: Buffer.from(JSON.stringify(payload)) as never });

  test('asks the deployed function, which alone reaches the databases', async () => {
    const plan: Partial<Plan> = { strategy: 'direct', tables: [], ranges: [], shards: [] };
    answers({ plan, survey: {} });
    const { status, stdout } = await type(['plan', '-', '--json'], request);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual(plan);
    const { FunctionName, Payload } = functions.commandCalls(InvokeCommand)[0]!.args[0].input;
    expect(FunctionName).toBe('initial-load-dev-plan');
    expect(JSON.parse(Payload as string)).toEqual({ dryRun: true, request: JSON.parse(request) as unknown });
  });

  test('a refusal of the function is a wrong request', async () => {
    answers({ errorType: 'RequestError', errorMessage: 'target.tables ("hr.employees"): this table is not empty.' });
    const { status, stderr } = await type(['plan', '-'], request);
    expect(status).toBe(2);
    expect(stderr).toBe('initial-load: target.tables ("hr.employees"): this table is not empty.\n');
  });
});

describe('tear-down with a deployed stack', () => {
  test('aborts what runs, starts the tear-down machine and tells what is gone', async () => {
    await documents.write(stateDocument, { attempt: 3, status: 'open', execution: 'mailer-1-3' } as LoadState);
    sfn.on(DescribeExecutionCommand).resolves({ executionArn: EXECUTION, status: 'RUNNING' });
    sfn.on(StartExecutionCommand).resolves({ executionArn: TEAR_DOWN });
    sfn.on(DescribeExecutionCommand, { executionArn: TEAR_DOWN }).callsFake(async () => {
      await documents.write(resultDocument, result({ attempt: 3, status: 'FAILED' }));
      return { status: 'SUCCEEDED' };
    });
    const { status, stdout } = await type(['tear-down', 'mailer-1']);
    expect(status).toBe(0);
    expect(stdout).toContain('mailer-1, attempt 3\n\nTear-down: complete');
    expect(sfn.commandCalls(StopExecutionCommand)[0]?.args[0].input.executionArn).toBe(EXECUTION);
    const [{ stateMachineArn, input } = {}] = started();
    expect(stateMachineArn).toBe(`${MACHINES}-tear-down`);
    expect(JSON.parse(input ?? '')).toMatchObject({ loadId: 'mailer-1', attempt: 3, discard: true });
  });
});
