import * as sdk from '@aws-sdk/client-database-migration-service';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { machineArns } from '../../src/config.ts';
import { DEPLOYMENT_TAG, LOAD_TAG } from '../../src/load/owned-load.ts';
import { sweepLoads } from '../../src/tear-down/sweep.ts';
import { openDmsLoads } from '../support/dms-loads.ts';
import { stopAwsStandIns } from '../support/dms-stage.ts';
import { gate } from '../support/gate.ts';
import { holdBack, makeSubnets, newLoad, startUntil, SUBNETS, toldOf } from '../support/late-calls.ts';
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
    expect(toldOf(loads, 'nobody-knows-it')).toEqual([]);
    await remove(others);
  });

  test('leaves a load alone that runs, hour after hour, and the load succeeds', async () => {
    const held = holdBack('answer', 'CreateReplicationTask');
    const { loadId } = await startUntil(loads, held, { dms: {} });
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
    const input = newLoad(loads, { dms: { mode: 'serverless' } });
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
    const { loadId, abort } = await startUntil(loads, held, { dms: {}, onFailure: 'keep' });
    expect(await abort()).toBe('ABORTED');
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
    expect(toldOf(loads, loadId)).toEqual(['InitialLoadFailed']);
  });
});
