import * as sdk from '@aws-sdk/client-database-migration-service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { openDmsLoads } from '../support/dms-loads.ts';
import { stopAwsStandIns } from '../support/dms-stage.ts';
import { gate } from '../support/gate.ts';
import { holdBack, makeSubnets, newLoad, startUntil, SUBNETS, tellRule, toldOf } from '../support/late-calls.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { WholeLoads } from '../support/whole-loads.ts';

const databases = openTestDatabases();
let loads: WholeLoads;
let client: sdk.DatabaseMigrationServiceClient;
beforeAll(async () => {
  loads = await openDmsLoads(databases, { kept: [SUBNETS] });
  client = new sdk.DatabaseMigrationServiceClient({});
  await makeSubnets(client);
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
      const load = await startUntil(loads, held, { dms });
      expect(await load.abort()).toBe('ABORTED');
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
      expect(toldOf(loads, load.loadId)).toEqual(['InitialLoadFailed']);
    },
  );

  test.each([
    ['CreateReplicationTask', 'task', {}],
    ['CreateReplicationConfig', 'replication', serverless],
    ['StartReplicationTask', '', {}],
    ['StartReplication', '', serverless],
  ])('asks for %s after tear-down: what it needs is gone, and nothing comes of it', async (operation, kind, dms) => {
    const held = holdBack('request', operation, kind);
    const load = await startUntil(loads, held, { dms });
    expect(await load.abort()).toBe('ABORTED');
    held.release();
    await loads.executions.ended();
    expect(await loads.left()).toEqual([]);
    expect(await loads.sweep(1)).toEqual([]);
    expect(toldOf(loads, load.loadId)).toEqual(['InitialLoadFailed']);
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
    const load = await startUntil(loads, held, { dms });
    expect(await loads.left()).not.toEqual([]);
    expect(await load.abort()).toBe('ABORTED');
    expect(await loads.left()).toEqual([]);
    held.release();
    await loads.executions.ended();
    expect(await loads.left()).toEqual([]);
    expect(toldOf(loads, load.loadId)).toEqual(['InitialLoadFailed']);
  });

  test('is about to tell of the success when tear-down has told of the failure: it keeps silent', async () => {
    const { pass, ...held } = gate();
    const { store } = loads.services;
    for (const method of ['write', 'create'] as const) {
      const original = store[method].bind(store) as (path: string, document: unknown) => Promise<never>;
      jest.spyOn(store, method).mockImplementation(async (path, document) => {
        if (path.endsWith('/notifications.json') && toldOf(loads, path.split('/')[1]!).length === 0) await pass();
        return original(path, document);
      });
    }
    const load = await startUntil(loads, held, { dms: {} });
    expect(await load.abort()).toBe('ABORTED');
    held.release();
    await loads.executions.ended();
    expect(toldOf(loads, load.loadId)).toEqual(['InitialLoadFailed']);
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
    const load = await startUntil(loads, held, { dms: {} });
    expect(await load.abort()).toBe('ABORTED');
    held.release();
    await loads.executions.ended();
    loads.services.channels.eventbridge = tell;
    expect(toldOf(loads, load.loadId)).toEqual(['InitialLoadSucceeded']);
    expect(await loads.resultOf(load.loadId)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await loads.targets[0]!.query('select count(*)::int as n from hr.employees')).toEqual([{ n: 50 }]);
    expect(await loads.left()).toEqual([]);
  });
});

test('an execution that takes longer than its definition says is torn down, and what it was making too', async () => {
  const { reached, release } = holdBack('request', 'CreateReplicationInstance');
  const input = newLoad(loads, { dms: { subnetGroup: SUBNETS } });
  const name = `${input.loadId}-1`;
  // Of the definition's 20 days that is two seconds.
  const end = loads.executions.start('initial-load', name, input, { pace: 864_000 });
  await Promise.race([reached, end]);
  const { status } = await end;
  expect(status).toBe('TIMED_OUT');
  await tellRule(name, status, null);
  release();
  await loads.executions.ended();
  await loads.sweep(2);
  expect(await loads.left()).toEqual([]);
  expect(loads.told.filter(({ loadId }) => loadId === input.loadId)).toMatchObject([
    { type: 'InitialLoadFailed', failure: { error: 'ExecutionTimedOut' } },
  ]);
});
