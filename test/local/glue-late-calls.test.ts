import * as sdk from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { machineArns } from '../../src/config.ts';
import { DEPLOYMENT_TAG, LOAD_TAG } from '../../src/load/owned-load.ts';
import { sweepLoads } from '../../src/tear-down/sweep.ts';
import { openGlueLoads, type GlueLoads } from '../support/glue-loads.ts';
import { glueStandIns, stopGlueStandIns, testGlueDeployment } from '../support/glue-stage.ts';
import { holdBack, startUntil, toldOf } from '../support/late-calls.ts';
import { openTestDatabases } from '../support/postgres.ts';

/** What comes late has the two minutes until tear-down looks a second time: here they are more than a second. */
const PACE = 100;

const databases = openTestDatabases();
let loads: GlueLoads;
let client: sdk.GlueClient;
beforeAll(async () => {
  loads = await openGlueLoads(databases, {}, PACE);
  client = new sdk.GlueClient({});
});
beforeEach(() => loads.targets[0]!.query('truncate hr.departments, hr.employees, hr.log'));
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  client.destroy();
  await loads.close();
  await stopGlueStandIns();
  await databases.dropAll();
});

const hold = (what: 'request' | 'answer', operation: string) => holdBack(what, operation, '', sdk.GlueClient);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Torn down completely, and told once. */
async function expectNothingLeft(loadId: string): Promise<void> {
  expect(await loads.left()).toEqual([]);
  expect(await loads.leftBesides(loadId)).toEqual([]);
  expect(await loads.resultOf(loadId)).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
  expect(toldOf(loads, loadId)).toEqual(['InitialLoadFailed']);
}

describe('an invocation that outlives its execution', () => {
  test.each([
    ['connection', 'CreateConnection', 'network', 'Glue connection'],
    ['job', 'CreateJob', 'job', 'Glue job'],
  ])(
    'makes its %s (%s) after tear-down looked for it: the sweep finds it by its tags, says so, and removes it',
    async (what, operation, kind, type) => {
      const held = hold('request', operation);
      const load = await startUntil(loads, held, {});
      expect(await load.abort()).toBe('ABORTED');
      await expectNothingLeft(load.loadId);

      held.release();
      await loads.executions.ended();
      const id = `${loads.nameOf(load.loadId)}${kind}`;
      expect(await loads.left()).toEqual([`${what} ${id}`]);
      expect(await loads.sweep(1)).toEqual([{ loadId: load.loadId, type, id }]);
      await expectNothingLeft(load.loadId);
      expect((await loads.resultOf(load.loadId))?.tornDown).toContainEqual({ type, id, status: 'deleted' });
    },
  );

  test('asks for its run after tear-down: the job is gone, and nothing comes of it', async () => {
    const held = hold('request', 'StartJobRun');
    const load = await startUntil(loads, held, {});
    expect(await load.abort()).toBe('ABORTED');
    held.release();
    await loads.executions.ended();
    await expectNothingLeft(load.loadId);
    expect(await loads.sweep(1)).toEqual([]);
  });

  test('asks for its run while tear-down waits lest it does: the run is stopped, and then the job goes', async () => {
    const { glue } = await glueStandIns();
    glue.nextRun({ neverEnds: true });
    const held = hold('request', 'StartJobRun');
    const load = await startUntil(loads, held, {});
    const before = glue.requests.length;
    const calls = () => glue.requests.slice(before).map(({ operation }) => operation);
    const aborted = load.abort();
    while (!calls().includes('GetJobRuns')) await pause(2);
    held.release();
    expect(await aborted).toBe('ABORTED');
    await loads.executions.ended();
    expect(calls().filter((operation) => /^(Start|BatchStop|Delete)/.test(operation))).toEqual([
      'StartJobRun',
      'BatchStopJobRun',
      'DeleteJob',
      'DeleteConnection',
    ]);
    await expectNothingLeft(load.loadId);
  });

  test.each(['CreateConnection', 'CreateJob', 'StartJobRun'])(
    'has not heard yet what came of its %s: tear-down finds it itself',
    async (operation) => {
      const held = hold('answer', operation);
      const load = await startUntil(loads, held, {});
      expect(await loads.left()).not.toEqual([]);
      expect(await load.abort()).toBe('ABORTED');
      await expectNothingLeft(load.loadId);
      held.release();
      await loads.executions.ended();
      await expectNothingLeft(load.loadId);
    },
  );

  test('writes its script after tear-down looked for it: tear-down looks a second time', async () => {
    const held = holdBack('request', 'PutObject', '.py', S3Client);
    const load = await startUntil(loads, held, {});
    const aborted = load.abort();
    const removing = () => loads.services.store.read(`loads/${load.loadId}/glue/removing.json`);
    while (((await removing()) as { lookAgain?: boolean } | undefined)?.lookAgain !== false) await pause(2);
    expect(await loads.leftBesides(load.loadId)).not.toContainEqual(expect.stringContaining('.py'));
    held.release();
    expect(await aborted).toBe('ABORTED');
    await loads.executions.ended();
    await expectNothingLeft(load.loadId);
  });
});

describe('the sweep', () => {
  const ofLoad = (loadId: string) => ({ [LOAD_TAG]: loadId, [DEPLOYMENT_TAG]: loads.services.deployment.name });
  async function putConnection(Name: string, Tags: Record<string, string>): Promise<string> {
    const { subnetId: SubnetId, securityGroupIds: SecurityGroupIdList } = testGlueDeployment.network!;
    await client.send(
      new sdk.CreateConnectionCommand({
        ConnectionInput: {
          Name,
          ConnectionType: 'NETWORK',
          ConnectionProperties: {},
          PhysicalConnectionRequirements: { SubnetId, SecurityGroupIdList },
        },
        Tags,
      }),
    );
    return `connection ${Name}`;
  }
  async function putJob(Name: string, Tags: Record<string, string>): Promise<string> {
    await client.send(
      new sdk.CreateJobCommand({
        Name,
        Role: testGlueDeployment.roleArn,
        Command: { Name: 'glueetl', ScriptLocation: 's3://somebodys/script.py' },
        GlueVersion: '5.0',
        WorkerType: 'G.1X',
        NumberOfWorkers: 2,
        Tags,
      }),
    );
    return `job ${Name}`;
  }
  async function remove(names: string[]): Promise<void> {
    for (const [type, name] of names.map((each) => each.split(' '))) {
      await (type === 'job'
        ? client.send(new sdk.DeleteJobCommand({ JobName: name }))
        : client.send(new sdk.DeleteConnectionCommand({ ConnectionName: name })));
    }
  }

  test('removes what a load left that is not known any more, its run first, and nothing that only looks like it', async () => {
    const { glue } = await glueStandIns();
    const name = loads.nameOf('nobody-knows-it');
    await putJob(`${name}job`, ofLoad('nobody-knows-it'));
    await putConnection(`${name}network`, ofLoad('nobody-knows-it'));
    glue.nextRun({ neverEnds: true });
    await client.send(new sdk.StartJobRunCommand({ JobName: `${name}job` }));
    const tags = ofLoad('somebody');
    const others = [
      await putJob('il-0123456789-job', {}),
      await putJob('il-1123456789-job', { ...tags, [DEPLOYMENT_TAG]: 'another' }),
      await putJob('somebodys-own', tags),
      await putConnection('il-0123456789-network', {}),
      await putConnection('il-2123456789-network', { [LOAD_TAG]: 'somebody' }),
      await putConnection('il-3123456789-network', { [DEPLOYMENT_TAG]: loads.services.deployment.name }),
      await putConnection('il-4123456789-network', { ...tags, [DEPLOYMENT_TAG]: 'another' }),
    ];
    expect(await loads.sweep()).toEqual([
      { loadId: 'nobody-knows-it', type: 'Glue job', id: `${name}job` },
      { loadId: 'nobody-knows-it', type: 'Glue connection', id: `${name}network` },
    ]);
    expect((await loads.left()).toSorted()).toEqual(others.toSorted());
    expect(toldOf(loads, 'nobody-knows-it')).toEqual([]);
    await remove(others);
  });

  test('leaves a load alone that runs, hour after hour, and the load succeeds', async () => {
    const held = hold('answer', 'StartJobRun');
    const { loadId } = await startUntil(loads, held, {});
    const before = await loads.left();
    expect(before).toHaveLength(3);
    for (let hour = 1; hour <= 3; hour += 1) {
      const now = () => new Date(loads.services.now().getTime() + hour * 3_600_000);
      expect(await sweepLoads(machineArns(), { ...loads.services, now })).toEqual({ swept: [], leftovers: [] });
    }
    expect((await loads.left()).slice(0, 2)).toEqual(before.slice(0, 2));
    held.release();
    await loads.executions.ended();
    expect(await loads.resultOf(loadId)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await loads.left()).toEqual([]);
  });
});
