import * as sdk from '@aws-sdk/client-database-migration-service';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { madeDocument } from '../../../src/load/dms/documents.ts';
import { KINDS, nameOf, tagsOf, type Kind } from '../../../src/load/dms/names.ts';
import type { OwnedLoad } from '../../../src/load/owned-load.ts';
import { provision } from '../../../src/load/dms/provision.ts';
import { tearDown } from '../../../src/load/dms/tear-down.ts';
import type { TornDown } from '../../../src/model.ts';
import { LoadDocuments } from '../../../src/store/documents.ts';
import { memoryServices, type MemoryServices } from '../../support/memory-services.ts';
import { dmsLoad, type DmsLoad } from './a-load.ts';
import { $metadata, MockedDms, REGION } from './mocked-dms.ts';
import { deployment } from './plans.ts';

useRegion(REGION);
const dms = new MockedDms();
let services: MemoryServices;
beforeEach(() => {
  dms.reset();
  services = { ...memoryServices(), deployment };
});

const open = (settings: object = {}): Promise<DmsLoad> => dmsLoad(undefined, { dms: settings, services });

/** Provisioning as far as so many calls bring it. */
async function provisioned(settings: object = {}, calls = 20): Promise<DmsLoad> {
  const load = await open(settings);
  for (let call = 0; call < calls; call += 1) {
    if ((await provision(load)).status === 'done') break;
    dms.settle();
    for (const each of dms.resources) if (each.kind === 'assessment-run') each.status = 'passed';
  }
  dms.takeCalls();
  return load;
}

/** The calls of each invocation until the tear-down is done, and what it reports. */
async function remove(load: OwnedLoad): Promise<{ calls: string[][]; tornDown: TornDown[] }> {
  const calls: string[][] = [];
  for (;;) {
    const { answer, tornDown } = await tearDown(load);
    calls.push(dms.takeCalls());
    if (answer.status === 'done') return { calls, tornDown };
    if (calls.length > 300) throw new Error(`It goes on for ever: ${JSON.stringify(calls.slice(-3))}`);
    services.clock.now = new Date(services.clock.now.getTime() + answer.waitSeconds * 1_000);
    dms.settle();
  }
}

const deleted = (load: OwnedLoad, ...kinds: Kind[]) =>
  expect.arrayContaining(kinds.map((kind) => ({ type: KINDS[kind], id: nameOf(load, kind), status: 'deleted' })));

/** As an invocation that finds nothing but the load's name. */
const onlyNamed = ({ loadId, startedAt }: OwnedLoad): OwnedLoad => {
  for (const path of services.documents.keys()) services.documents.delete(path);
  return { loadId, startedAt, documents: new LoadDocuments(services.store, loadId), services };
};

const denied = () => Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });

describe('the tear-down of what a load has in DMS', () => {
  test('goes from the task to the subnet group, and waits until each is gone', async () => {
    const load = await provisioned();
    dms.resources.find(({ kind }) => kind === 'task')!.status = 'running';
    const { calls, tornDown } = await remove(load);
    expect(calls).toEqual([
      ['DescribeReplicationTasks', 'StopReplicationTask'],
      ['DescribeReplicationTasks', 'DescribeReplicationTaskAssessmentRuns', 'DeleteReplicationTask'],
      ['DescribeReplicationTasks', 'DeleteReplicationInstance', 'DeleteEndpoint', 'DeleteEndpoint'],
      ['DescribeEndpoints', 'DescribeReplicationInstances', 'DeleteReplicationSubnetGroup'],
      ['DescribeReplicationSubnetGroups'],
    ]);
    expect(dms.ids()).toEqual([]);
    expect(tornDown).toHaveLength(5);
    const order = ['task', 'source', 'target', 'instance', 'subnets'] as const;
    expect(tornDown.map(({ id }) => id)).toEqual(order.map((kind) => nameOf(load, kind)));
    expect(tornDown).toEqual(deleted(load, ...order));
    expect(await load.documents.read(madeDocument)).toBeUndefined();
  });

  test('of a serverless load deletes its configuration as soon as it has stopped', async () => {
    const load = await provisioned({ mode: 'serverless' });
    dms.resources.find(({ kind }) => kind === 'replication-config')!.status = 'running';
    const { calls, tornDown } = await remove(load);
    expect(calls.slice(0, 2)).toEqual([
      ['DescribeReplications', 'StopReplication'],
      ['DescribeReplications', 'DeleteReplicationConfig'],
    ]);
    expect(dms.ids()).toEqual([]);
    expect(tornDown).toEqual(deleted(load, 'replication', 'source', 'target', 'subnets'));
  });

  test('of a given instance leaves it alone', async () => {
    const given = dms.put('rep', 'theirs', 'available', { tags: [] });
    const load = await provisioned({ replicationInstanceArn: given.arn });
    const { tornDown } = await remove(load);
    expect(dms.ids()).toEqual(['theirs']);
    expect(tornDown).toEqual(deleted(load, 'task', 'source', 'target'));
    expect(tornDown).toHaveLength(3);
  });

  test('deletes assessments before their task, and cancels one that still runs', async () => {
    const load = await provisioned({ assessment: true });
    dms.resources.find(({ kind }) => kind === 'assessment-run')!.status = 'running';
    const { calls, tornDown } = await remove(load);
    const looked = ['DescribeReplicationTasks', 'DescribeReplicationTaskAssessmentRuns'];
    expect(calls.slice(0, 3)).toEqual([
      [...looked, 'DeleteReplicationTaskAssessmentRun', 'CancelReplicationTaskAssessmentRun'],
      [...looked, 'DeleteReplicationTaskAssessmentRun'],
      [...looked, 'DeleteReplicationTask'],
    ]);
    expect(dms.ids()).toEqual([]);
    expect(tornDown).toEqual(deleted(load, 'assessment', 'task'));
  });

  test.each([0, 1, 2, 3, 4, 5, 6])(
    'works after %d calls of provisioning, from the name alone, and twice',
    async (calls) => {
      const load = await provisioned({}, calls);
      const named = onlyNamed(load);
      const made = dms.resources.length;
      const first = await remove(named);
      expect(dms.ids()).toEqual([]);
      expect(first.tornDown).toHaveLength(made);
      expect(Math.max(...first.calls.map((names) => names.length))).toBeLessThanOrEqual(5);
      const again = await remove(named);
      expect(again.calls.flat().filter((name) => !name.startsWith('Describe'))).toEqual([]);
      expect(again.tornDown).toEqual(first.tornDown);
    },
  );

  test('finds by the name alone both kinds of what can run a load', async () => {
    const named = onlyNamed(await provisioned({ mode: 'serverless' }));
    expect((await remove(named)).tornDown).toEqual(deleted(named, 'replication', 'source', 'target'));
    expect(dms.ids()).toEqual([]);
  });

  test('looks again where provisioning had not ended, for what was just being made', async () => {
    const load = await provisioned({}, 2);
    const began = services.clock.now;
    for (;;) {
      const { answer, tornDown } = await tearDown(load);
      if (answer.status === 'done') {
        expect(tornDown).toEqual(deleted(load, 'source', 'instance', 'subnets'));
        break;
      }
      services.clock.now = new Date(services.clock.now.getTime() + answer.waitSeconds * 1_000);
      dms.settle();
      const isLate = dms.resources.length === 0 && services.clock.now.getTime() - began.getTime() > 120_000;
      if (isLate && !dms.client.commandCalls(sdk.DeleteEndpointCommand).length) {
        dms.put('endpoint', nameOf(load, 'source'), 'active', { tags: tagsOf(load) });
      }
    }
    expect(dms.ids()).toEqual([]);
  });

  test('touches nothing that has its names and not its tags', async () => {
    const load = await provisioned();
    const named = onlyNamed(load);
    const ids = dms.ids();
    for (const each of dms.resources) each.tags = [{ Key: 'initial-load:load', Value: load.loadId }];
    const { tornDown } = await remove(named);
    expect(dms.ids()).toEqual(ids);
    expect(tornDown).toEqual([]);
  });
});

describe('what DMS does not allow', () => {
  test('now, since it is in use, is tried again until it does', async () => {
    const load = await provisioned();
    dms.inUse.add(nameOf(load, 'source')).add(nameOf(load, 'subnets'));
    for (let call = 0; call < 8; call += 1) {
      expect((await tearDown(load)).answer).toMatchObject({ status: 'working' });
      dms.settle();
    }
    expect(dms.ids()).toEqual([nameOf(load, 'source'), nameOf(load, 'subnets')].sort());
    dms.inUse.clear();
    expect((await remove(load)).tornDown).toEqual(deleted(load, 'task', 'source', 'target', 'instance', 'subnets'));
  });

  test('since it throttles is waited out', async () => {
    const load = await provisioned();
    const throttled = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    for (const call of ['DescribeReplicationTasks', 'DeleteReplicationInstance', 'DescribeEndpoints']) {
      dms.fail(call, throttled, throttled, throttled, throttled);
    }
    const { tornDown } = await remove(load);
    expect(dms.ids()).toEqual([]);
    expect(tornDown).toEqual(deleted(load, 'task', 'source', 'target', 'instance', 'subnets'));
  });

  test.each([
    ['task', 'DeleteReplicationTask', ['task', 'instance', 'source', 'target', 'subnets']],
    ['instance', 'DeleteReplicationInstance', ['instance', 'subnets']],
    ['source', 'DeleteEndpoint', ['source', 'target']],
    ['subnets', 'DeleteReplicationSubnetGroup', ['subnets']],
  ] as const)('to be deleted at all (%s) is reported, and keeps only what it relies on', async (kind, call, left) => {
    const load = await provisioned();
    dms.failForever(call, denied());
    for (const other of left) if (other !== kind) dms.inUse.add(nameOf(load, other));
    const { tornDown } = await remove(load);
    expect(dms.ids()).toEqual(left.map((each) => nameOf(load, each)).sort());
    expect(tornDown).toContainEqual({
      type: KINDS[kind],
      id: nameOf(load, kind),
      status: 'failed',
      detail: expect.stringMatching(/AccessDeniedException: not authorized\. Allow the role/),
    });
    for (const other of left.filter((each) => each !== kind && call !== 'DeleteEndpoint')) {
      const detail = expect.stringContaining(nameOf(load, kind));
      expect(tornDown).toContainEqual({ type: KINDS[other], id: nameOf(load, other), status: 'failed', detail });
    }
  });

  test('twice is tried again: a right may be new', async () => {
    const load = await provisioned();
    dms.fail('DeleteReplicationInstance', denied(), denied());
    expect((await remove(load)).tornDown).toEqual(deleted(load, 'instance', 'task', 'subnets'));
    expect(dms.ids()).toEqual([]);
  });

  test('is tried by the next tear-down again', async () => {
    const load = await provisioned();
    dms.fail('DeleteReplicationSubnetGroup', denied(), denied(), denied());
    expect((await remove(load)).tornDown).toContainEqual(expect.objectContaining({ status: 'failed' }));
    expect((await remove(load)).tornDown).toEqual(deleted(load, 'subnets'));
    expect(dms.ids()).toEqual([]);
  });

  test('to be looked at is given up soon, with the assessments that only the task knows of', async () => {
    const load = await provisioned();
    dms.failForever('DescribeReplicationTasks', denied());
    const began = services.clock.now.getTime();
    const { tornDown } = await remove(load);
    expect((services.clock.now.getTime() - began) / 60_000).toBeLessThan(30);
    const failed = tornDown.filter(({ status }) => status === 'failed').map(({ id }) => id);
    expect(failed).toContain(nameOf(load, 'task'));
    expect(failed).not.toContain(nameOf(load, 'assessment'));
  });

  test('to be looked at, and is not there, is told to be gone by the next tear-down', async () => {
    const given = dms.put('rep', 'theirs', 'available', { tags: [] });
    const load = await provisioned({ replicationInstanceArn: given.arn });
    dms.fail('DescribeReplicationInstances', denied(), denied(), denied());
    const instance = { type: KINDS.instance, id: nameOf(load, 'instance') };
    expect((await remove(load)).tornDown).toContainEqual(expect.objectContaining({ ...instance, status: 'failed' }));
    expect((await remove(load)).tornDown).toContainEqual({ ...instance, status: 'deleted' });
  });

  test('for two hours is left to the sweep, so that the consumer is told', async () => {
    const load = await provisioned();
    dms.inUse.add(nameOf(load, 'instance'));
    const began = services.clock.now.getTime();
    const { tornDown } = await remove(load);
    expect((services.clock.now.getTime() - began) / 3_600_000).toBeCloseTo(2, 0);
    expect(tornDown).toContainEqual({
      type: KINDS.instance,
      id: nameOf(load, 'instance'),
      status: 'failed',
      detail: 'It is still there after 2 hours.',
    });
  });

  test('is not found out by failing: another error than those of DMS is a defect and stays one', async () => {
    const load = await provisioned();
    services.store.write = () => Promise.reject(new Error('The store is full.'));
    await expect(tearDown(load)).rejects.toThrow('The store is full.');
  });
});

test('what was deleted is told again when the last answer was lost', async () => {
  const load = await provisioned();
  const { tornDown } = await remove(load);
  expect((await remove(load)).tornDown).toEqual(tornDown);
});

test('DMS faults while looking are refusals as well', async () => {
  const load = await provisioned();
  dms.failForever('DescribeEndpoints', new sdk.AccessDeniedFault({ message: 'no', $metadata }));
  const { tornDown } = await remove(load);
  const refused = tornDown.filter(({ status }) => status === 'failed').map(({ id }) => id);
  expect(refused).toEqual([nameOf(load, 'source'), nameOf(load, 'target')]);
  expect(dms.ids()).toEqual([]);
});
