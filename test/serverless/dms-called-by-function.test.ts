import {
  CreateReplicationInstanceCommand,
  DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import { databaseMigrationService } from '../../src/aws/clients.ts';
import { openDmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns, type AwsStandIns } from '../support/dms-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { WholeLoads } from '../support/whole-loads.ts';
import { allowed, recordCalls, type Recorder } from './recorder.ts';
import { packageStack, type Package } from './template.ts';

const PATIENCE_MS = 300_000;
/** The clock runs so fast that a busy machine would look like a load that stalls. */
const patient = { stalledMinutes: 100_000 };
/** Somebody's, and never torn down. */
const GIVEN = 'given';

/** Whether DMS goes on with the other tables when one fails. Loads ask it to stop then, but it may see to that later. */
let suspends = false;

const databases = openTestDatabases();
let stack: Package;
let loads: WholeLoads;
let aws: AwsStandIns;
let recorder: Recorder;
/** The test's own, whose calls are no function's. */
let client: DatabaseMigrationServiceClient;

beforeAll(async () => {
  stack = await packageStack();
  loads = await openDmsLoads(databases, { kept: [GIVEN] });
  aws = await awsStandIns();
  client = new DatabaseMigrationServiceClient({});
  recorder = recordCalls();
  const { client: theirs } = await databaseMigrationService();
  theirs.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        recorder.hear(commandName);
        return next(suspends ? { ...given, input: suspending(given.input) } : given);
      },
    { step: 'initialize' },
  );
}, PATIENCE_MS);
afterAll(async () => {
  client?.destroy();
  await loads?.close();
  await stopAwsStandIns();
  await databases.dropAll();
  if (stack) await rm(dirname(stack.folder), { recursive: true, force: true });
});

test(
  'loads of each mode succeed, though the answer to each of their creates is lost',
  async () => {
    const creates = [
      'CreateReplicationSubnetGroup',
      'CreateReplicationInstance',
      'CreateEndpoint',
      'CreateReplicationTask',
    ];
    lose(...creates, 'StartReplicationTaskAssessmentRun');
    await expectSuccess('of-its-own', { assessment: true });
    lose('CreateEndpoint', 'CreateReplicationTask');
    await expectSuccess('on-a-given-one', { replicationInstanceArn: await giveInstance() });
    lose('CreateReplicationSubnetGroup', 'CreateEndpoint', 'CreateReplicationConfig');
    await expectSuccess('serverless', { mode: 'serverless' });
  },
  PATIENCE_MS,
);

test(
  'a load whose assessment fails says which, and tear-down ends one that still runs',
  async () => {
    aws.dms.dataFaults.assessmentEnds({ status: 'failed' });
    aws.dms.faults.next({
      operation: 'DeleteReplicationTaskAssessmentRun',
      kind: { fault: 'InvalidResourceStateFault' },
    });
    const result = await run('assessed', { ...patient, assessment: true });
    expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
  },
  PATIENCE_MS,
);

test.each(['instance', 'serverless'])(
  'a table that fails while another one stalls is loaded again, on %s, until the load is given up',
  async (mode) => {
    suspends = true;
    aws.dms.dataFaults.tableFails({ table: 'hr.departments' });
    aws.dms.dataFaults.runStalls({ afterRows: 3 });
    const result = await run(`stalled-${mode}`, { mode, stalledMinutes: 240 });
    suspends = false;
    expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
  },
  PATIENCE_MS,
);

test(
  'a load that is aborted while rows move is stopped and removed',
  async () => {
    aws.dms.dataFaults.runStalls({ afterRows: 3 });
    const input = { loadId: 'aborted', attempt: 1, request: loads.request({ dms: patient }) };
    const stop = new AbortController();
    const first = aws.dms.requests.length;
    const onEvent = () => {
      const isLoading = aws.dms.requests.slice(first).some(({ operation }) => operation === 'DescribeTableStatistics');
      if (isLoading) stop.abort();
    };
    const end = await loads.executions.start('initial-load', 'aborted-1', input, { signal: stop.signal, onEvent });
    expect(end.status).toBe('ABORTED');
    await end.invocationsEnded;
    const detail = { name: 'aborted-1', status: 'ABORTED', input: JSON.stringify(input) };
    await recorder.as('statusChanged', () => statusChanged({ detail }, { getRemainingTimeInMillis: () => 60_000 }));
    await loads.executions.ended();
    expect(await loads.left('aborted')).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'what a tear-down could not remove, of a load that the store has forgotten, is found by its tags and removed',
  async () => {
    aws.dms.faults.next({ operation: 'DeleteEndpoint', kind: 'access denied', times: 6 });
    expect(await run('left', patient)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete' });
    expect(await loads.left('left')).not.toEqual([]);
    const { store } = loads.services;
    for (const path of await store.list('loads/left/')) await store.remove(path);
    const found = await recorder.as('sweep', () => loads.sweep());
    expect(found).toContainEqual(expect.objectContaining({ loadId: 'left', type: 'DMS endpoint' }));
    expect(await loads.left()).toEqual([]);
  },
  PATIENCE_MS,
);

test('these loads asked of DMS, function by function, what the packaged roles allow, and nothing else', () => {
  expect(recorder.needed(stack, 'dms:')).toEqual(allowed(stack, 'dms:'));
});

function suspending<T extends object>(input: T): T {
  return JSON.parse(JSON.stringify(input).replace(/(TableErrorPolicy\\":\\")STOP_TASK/, '$1SUSPEND_TABLE')) as T;
}

function run(loadId: string, dms: object) {
  return loads.run(loadId, { dms });
}

async function expectSuccess(loadId: string, dms: object): Promise<void> {
  const injected = aws.dms.faults.injected.length;
  const result = await run(loadId, { ...patient, ...dms });
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  expect(aws.dms.faults.injected.length).toBeGreaterThan(injected);
  expect(await loads.left(loadId)).toEqual([]);
}

/** The next of each takes effect, and its answer is lost. */
function lose(...operations: string[]): void {
  for (const operation of operations) aws.dms.faults.next({ operation, kind: 'lost after' });
}

async function giveInstance(): Promise<string> {
  const command = new CreateReplicationInstanceCommand({
    ReplicationInstanceIdentifier: GIVEN,
    ReplicationInstanceClass: 'dms.t3.medium',
  });
  return (await client.send(command)).ReplicationInstance!.ReplicationInstanceArn!;
}
