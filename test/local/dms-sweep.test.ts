import * as sdk from '@aws-sdk/client-database-migration-service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import { machineArns } from '../../src/config.ts';
import { DEPLOYMENT_TAG, LOAD_TAG } from '../../src/load/dms/names.ts';
import { sweepLoads } from '../../src/tear-down/sweep.ts';
import { openDmsLoads, type DmsLoads } from '../support/dms-loads.ts';
import { stopAwsStandIns, testDeployment } from '../support/dms-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';

const context = { getRemainingTimeInMillis: () => 60_000 };
/** Somebody's, in which a load's instance may stand: it outlives the load. */
const SUBNETS = 'the-subnets';

const databases = openTestDatabases();
let loads: DmsLoads;
let client: sdk.DatabaseMigrationServiceClient;
beforeAll(async () => {
  loads = await openDmsLoads(databases, { kept: [SUBNETS] });
  client = new sdk.DatabaseMigrationServiceClient({});
  await client.send(
    new sdk.CreateReplicationSubnetGroupCommand({
      ReplicationSubnetGroupIdentifier: SUBNETS,
      ReplicationSubnetGroupDescription: 'Given',
      SubnetIds: testDeployment.subnetIds,
    }),
  );
});
beforeEach(() => loads.targets[0]!.query('truncate hr.departments, hr.employees, hr.log'));
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  client.destroy();
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

interface Held {
  /** Fulfilled when what is held back has come. */
  reached: Promise<void>;
  release(): void;
}

function gate(): Held & { pass(): Promise<void> } {
  let reach = () => {};
  let release = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    reached,
    release: () => release(),
    pass: () => {
      reach();
      return released;
    },
  };
}

/** Keeps a request to DMS back before it is sent, or its answer before anybody gets it. @param about an identifier's end */
function holdBack(what: 'request' | 'answer', operation: string, about = ''): Held {
  const { pass, ...held } = gate();
  const prototype = sdk.DatabaseMigrationServiceClient.prototype;
  const send = prototype.send as (command: unknown) => Promise<unknown>;
  const holding = async function (this: unknown, command: { input: object }): Promise<unknown> {
    const isIt = command.constructor.name === `${operation}Command`;
    if (!isIt || !Object.values(command.input).some((value) => String(value).endsWith(about))) {
      return send.call(this, command);
    }
    if (what === 'request') await pass();
    const answer = await send.call(this, command);
    if (what === 'answer') await pass();
    return answer;
  };
  jest.spyOn(prototype, 'send').mockImplementation(holding as never);
  return held;
}

let count = 0;
const newLoad = (more: object) => ({
  loadId: `swept-${(count += 1)}`,
  attempt: 1,
  request: loads.request({ ...more }),
});

/** Started, and in the middle of what is held back. */
async function startUntil({ reached }: Held, more: object) {
  const input = newLoad(more);
  const { loadId } = input;
  const name = `${loadId}-1`;
  const stop = new AbortController();
  const end = loads.executions.start('initial-load', name, input, { signal: stop.signal });
  await Promise.race([reached, end]);
  return {
    loadId,
    /** Its execution, without what it had begun; then the tear-down that the rule starts. */
    async abort() {
      stop.abort();
      expect((await end).status).toBe('ABORTED');
      await statusChanged({ detail: { name, status: 'ABORTED', input: JSON.stringify(input) } }, context);
      await loads.executions.endOf('tear-down', name);
    },
  };
}

const toldOf = (loadId: string) => loads.told.filter((one) => one.loadId === loadId).map(({ type }) => type);

describe('an invocation that outlives its execution', () => {
  const given = { subnetGroup: SUBNETS };
  const serverless = { mode: 'serverless' };

  test.each([
    ['subnet group', 'CreateReplicationSubnetGroup', 'subnets', {}, 'DMS subnet group'],
    ['replication instance', 'CreateReplicationInstance', 'instance', given, 'DMS replication instance'],
    ['endpoint', 'CreateEndpoint', 'source', serverless, 'DMS endpoint'],
    ['endpoint', 'CreateEndpoint', 'target', {}, 'DMS endpoint'],
  ])(
    'makes its %s (%s, %s) after tear-down looked for it: the sweep finds it by its tags, says so, and removes it',
    async (what, operation, kind, dms, type) => {
      const held = holdBack('request', operation, `-${kind}`);
      const load = await startUntil(held, { dms });
      await load.abort();
      const id = `${loads.nameOf(load.loadId)}${kind}`;
      expect(await loads.left()).toEqual([]);
      expect(await loads.resultOf(load.loadId)).toMatchObject({ status: 'FAILED', tearDown: 'complete' });

      held.release();
      await loads.executions.ended();
      expect(await loads.left()).toEqual([`${what} ${id}`]);
      expect(await loads.sweep(1)).toEqual([{ loadId: load.loadId, type, id }]);
      expect(await loads.left()).toEqual([]);
      const result = await loads.resultOf(load.loadId);
      expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
      expect(result?.tornDown).toContainEqual({ type, id, status: 'deleted' });
      expect(toldOf(load.loadId)).toEqual(['InitialLoadFailed']);
    },
  );

  test.each([
    ['CreateReplicationTask', 'task', {}],
    ['CreateReplicationConfig', 'replication', serverless],
    ['StartReplicationTask', '', {}],
    ['StartReplication', '', serverless],
  ])('asks for %s after tear-down: what it needs is gone, and nothing comes of it', async (operation, kind, dms) => {
    const held = holdBack('request', operation, kind);
    const load = await startUntil(held, { dms });
    await load.abort();
    held.release();
    await loads.executions.ended();
    expect(await loads.left()).toEqual([]);
    expect(await loads.sweep(1)).toEqual([]);
    expect(toldOf(load.loadId)).toEqual(['InitialLoadFailed']);
  });

  test.each([
    ['CreateReplicationSubnetGroup', {}],
    ['CreateReplicationInstance', {}],
    ['CreateEndpoint', {}],
    ['CreateReplicationTask', {}],
    ['StartReplicationTask', {}],
    ['CreateReplicationConfig', serverless],
    ['StartReplication', serverless],
  ])('has not heard yet what came of its %s: tear-down finds it itself', async (operation, dms) => {
    const held = holdBack('answer', operation);
    const load = await startUntil(held, { dms });
    expect(await loads.left()).not.toEqual([]);
    await load.abort();
    expect(await loads.left()).toEqual([]);
    held.release();
    await loads.executions.ended();
    expect(await loads.left()).toEqual([]);
    expect(toldOf(load.loadId)).toEqual(['InitialLoadFailed']);
  });

  test('is about to tell of the success when tear-down has told of the failure: it keeps silent', async () => {
    const { pass, ...held } = gate();
    const { store } = loads.services;
    for (const method of ['write', 'create'] as const) {
      const original = store[method].bind(store) as (path: string, document: unknown) => Promise<never>;
      jest.spyOn(store, method).mockImplementation(async (path, document) => {
        if (path.endsWith('/notifications.json') && toldOf(path.split('/')[1]!).length === 0) await pass();
        return original(path, document);
      });
    }
    const load = await startUntil(held, { dms: {} });
    await load.abort();
    held.release();
    await loads.executions.ended();
    expect(toldOf(load.loadId)).toEqual(['InitialLoadFailed']);
    expect(await loads.resultOf(load.loadId)).toMatchObject({
      status: 'FAILED',
      tearDown: 'complete',
      notifications: [{ status: 'sent' }],
    });
    expect(await loads.targets[0]!.query('select count(*)::int as n from hr.employees')).toEqual([{ n: 0 }]);
    expect(await loads.left()).toEqual([]);
  });

  test('is telling of the success: then the load has succeeded, and its rows stay', async () => {
    const { pass, ...held } = gate();
    const tell = loads.services.channels.eventbridge;
    loads.services.channels.eventbridge = async (...what) => {
      await pass();
      return tell(...what);
    };
    const load = await startUntil(held, { dms: {} });
    await load.abort();
    held.release();
    await loads.executions.ended();
    loads.services.channels.eventbridge = tell;
    expect(toldOf(load.loadId)).toEqual(['InitialLoadSucceeded']);
    expect(await loads.resultOf(load.loadId)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await loads.targets[0]!.query('select count(*)::int as n from hr.employees')).toEqual([{ n: 50 }]);
    expect(await loads.left()).toEqual([]);
  });
});

test('an execution that takes longer than its definition says is torn down, and what it was making too', async () => {
  const { reached, release } = holdBack('request', 'CreateReplicationInstance');
  const input = newLoad({ dms: { subnetGroup: SUBNETS } });
  const name = `${input.loadId}-1`;
  // Of the definition's 20 days that is two seconds.
  const end = loads.executions.start('initial-load', name, input, { pace: 864_000 });
  await Promise.race([reached, end]);
  const { status } = await end;
  expect(status).toBe('TIMED_OUT');
  await statusChanged({ detail: { name, status, input: null } }, context);
  release();
  await loads.executions.ended();
  await loads.sweep(2);
  expect(await loads.left()).toEqual([]);
  expect(loads.told.filter(({ loadId }) => loadId === input.loadId)).toMatchObject([
    { type: 'InitialLoadFailed', failure: { error: 'ExecutionTimedOut' } },
  ]);
});

describe('the sweep', () => {
  async function put(id: string, tags: Record<string, string>): Promise<string> {
    await client.send(
      new sdk.CreateReplicationInstanceCommand({
        ReplicationInstanceIdentifier: id,
        ResourceIdentifier: id,
        ReplicationInstanceClass: 'dms.t3.medium',
        ReplicationSubnetGroupIdentifier: SUBNETS,
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    );
    return `replication instance ${id}`;
  }
  const ofLoad = (loadId: string) =>
    put(`${loads.nameOf(loadId)}instance`, {
      [LOAD_TAG]: loadId,
      [DEPLOYMENT_TAG]: loads.services.deployment.name,
    });
  /** What was put here stands in nobody's way in the next test. */
  const remove = async (ids: string[]) => {
    const found = await client.send(new sdk.DescribeReplicationInstancesCommand({}));
    for (const { ReplicationInstanceIdentifier: id = '', ReplicationInstanceArn } of found.ReplicationInstances ?? []) {
      if (ids.includes(`replication instance ${id}`)) {
        await client.send(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn }));
      }
    }
    while ((await loads.left()).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  /** As the clock does it, hour after hour, without waiting for anybody. */
  const expectNothingSwept = async () => {
    for (let hour = 1; hour <= 3; hour += 1) {
      const now = () => new Date(loads.services.now().getTime() + hour * 3_600_000);
      expect(await sweepLoads(machineArns(), { ...loads.services, now })).toEqual({ swept: [], leftovers: [] });
    }
  };
  /** One that is being created can't be deleted yet. */
  const available = () =>
    sdk.waitUntilReplicationInstanceAvailable({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, {});

  test('removes what a load left that is not known any more, and nothing that only looks like it', async () => {
    const tags = { [LOAD_TAG]: 'somebody', [DEPLOYMENT_TAG]: loads.services.deployment.name };
    await ofLoad('nobody-knows-it');
    const others = [
      await put('il-0123456789abcdef-instance', {}),
      await put('il-1123456789abcdef-instance', { [LOAD_TAG]: 'somebody' }),
      await put('il-2123456789abcdef-instance', { ...tags, [DEPLOYMENT_TAG]: 'another' }),
      await put('il-3123456789abcdef-instance', { [DEPLOYMENT_TAG]: loads.services.deployment.name }),
      await put('somebodys-own', { owner: 'somebody' }),
    ];
    await available();
    const id = `${loads.nameOf('nobody-knows-it')}instance`;
    expect(await loads.sweep()).toEqual([{ loadId: 'nobody-knows-it', type: 'DMS replication instance', id }]);
    expect(await loads.left()).toEqual(others);
    expect(toldOf('nobody-knows-it')).toEqual([]);
    await remove(others);
  });

  test('leaves a load alone that runs, hour after hour, and the load succeeds', async () => {
    const held = holdBack('answer', 'CreateReplicationTask');
    const { loadId } = await startUntil(held, { dms: {} });
    const before = await loads.left();
    expect(before).toHaveLength(5);
    await expectNothingSwept();
    expect(await loads.left()).toEqual(before);
    held.release();
    await loads.executions.ended();
    expect(await loads.resultOf(loadId)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await loads.left()).toEqual([]);
  });

  test('leaves what an ended load left alone while its next attempt is being accepted', async () => {
    const input = newLoad({ dms: { mode: 'serverless' } });
    const { loadId } = input;
    await loads.run(loadId, { dms: { mode: 'serverless' } });
    const left = await ofLoad(loadId);
    await available();
    const { pass, reached, release } = gate();
    const { store } = loads.services;
    const write = store.write.bind(store);
    jest.spyOn(store, 'write').mockImplementation(async (path, value) => {
      if (path.endsWith('/load.json')) await pass();
      return write(path, value);
    });
    const end = loads.executions.start('initial-load', `${loadId}-2`, { ...input, attempt: 2 });
    await Promise.race([reached, end]);
    await expectNothingSwept();
    expect(await loads.left()).toEqual([left]);
    release();
    await loads.executions.ended();
    expect(await loads.resultOf(loadId)).toMatchObject({ attempt: 2, status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await loads.left()).toEqual([]);
  });

  test('leaves a load alone whose rows are kept, until they were kept long enough', async () => {
    const { services } = loads;
    const held = holdBack('answer', 'StartReplicationTask');
    const { loadId, abort } = await startUntil(held, { dms: {}, onFailure: 'keep' });
    await abort();
    held.release();
    await loads.executions.ended();
    expect(await loads.resultOf(loadId)).toMatchObject({ status: 'FAILED', tearDown: 'kept' });
    const left = await ofLoad(loadId);
    await available();

    services.keepHours = 100_000;
    expect(await loads.sweep(3)).toEqual([]);
    expect(await loads.left()).toEqual([left]);
    expect(await services.store.list('locks/')).toHaveLength(1);
    services.keepHours = 0;
    await loads.sweep();
    expect(await loads.left()).toEqual([]);
    expect(await services.store.list('locks/')).toEqual([]);
    expect(await loads.targets[0]!.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
    expect(toldOf(loadId)).toEqual(['InitialLoadFailed']);
  });
});
