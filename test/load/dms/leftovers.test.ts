import * as sdk from '@aws-sdk/client-database-migration-service';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { leftovers } from '../../../src/load/dms/leftovers.ts';
import { KINDS, nameOf, tagsOf, type Kind } from '../../../src/load/dms/names.ts';
import type { OwnedLoad } from '../../../src/load/owned-load.ts';
import type { TornDown } from '../../../src/model.ts';
import { LoadDocuments } from '../../../src/store/documents.ts';
import { memoryServices } from '../../support/memory-services.ts';
import { MockedDms, REGION, type MockedResource } from './mocked-dms.ts';
import { deployment } from './plans.ts';

useRegion(REGION);
const dms = new MockedDms();
const services = { ...memoryServices(), deployment };
beforeEach(() => dms.reset());

const loadOf = (loadId: string, name = deployment.name): OwnedLoad => ({
  loadId,
  startedAt: services.now(),
  documents: new LoadDocuments(services.store, loadId),
  services: { ...services, deployment: { ...deployment, name } },
});

const RESOURCES: [MockedResource['kind'], Kind][] = [
  ['subgrp', 'subnets'],
  ['rep', 'instance'],
  ['endpoint', 'source'],
  ['endpoint', 'target'],
  ['task', 'task'],
  ['replication-config', 'replication'],
];

function putAllOf(load: OwnedLoad, tags = tagsOf(load)): void {
  for (const [resource, kind] of RESOURCES) dms.put(resource, nameOf(load, kind), 'ready', { tags });
}

async function removeAll(load: OwnedLoad): Promise<TornDown[]> {
  for (let call = 0; call < 30; call += 1) {
    const { answer, tornDown } = await leftovers.remove(load);
    if (answer.status === 'done') return tornDown;
    services.clock.now = new Date(services.clock.now.getTime() + answer.waitSeconds * 1_000);
    dms.settle();
  }
  throw new Error('It goes on for ever.');
}

describe('what loads left in DMS', () => {
  test('is found of every kind, with the load that it is of', async () => {
    const load = loadOf('mailer');
    putAllOf(load);
    const found = await leftovers.find(services);
    expect(found).toHaveLength(RESOURCES.length);
    expect(found).toEqual(
      expect.arrayContaining(
        RESOURCES.map(([, kind]) => ({ loadId: 'mailer', type: KINDS[kind], id: nameOf(load, kind) })),
      ),
    );
  });

  test('is never found without both of our tags, of another deployment, or under other names', async () => {
    putAllOf(loadOf('untagged'), []);
    putAllOf(loadOf('half'), [{ Key: 'initial-load:load', Value: 'half' }]);
    putAllOf(loadOf('nameless'), [{ Key: 'initial-load:deployment', Value: deployment.name }]);
    putAllOf(loadOf('theirs', 'another'));
    dms.put('rep', 'warehouse', 'available', { tags: tagsOf(loadOf('mailer')) });
    expect(await leftovers.find(services)).toEqual([]);
  });

  test('is looked for without asking for the tags of what only has a name like ours: no role may', async () => {
    const load = loadOf('mailer');
    const theirs = dms.put('endpoint', 'il-theirs', 'active', {
      arn: 'arn:aws:dms:eu-central-1:123456789012:endpoint:Q4WJ3IEXAMPLE',
      tags: tagsOf(load),
    });
    putAllOf(load);
    expect((await leftovers.find(services)).map(({ id }) => id)).not.toContain(theirs.id);
    const asked = dms.client.commandCalls(sdk.ListTagsForResourceCommand).flatMap(({ args }) => args[0].input);
    expect(asked.flatMap(({ ResourceArnList }) => ResourceArnList)).toHaveLength(RESOURCES.length);
  });

  test('is found among many more than fit a page or a request for tags', async () => {
    for (let number = 0; number < 70; number += 1) putAllOf(loadOf(`load-${number}`));
    const found = await leftovers.find(services);
    expect(found).toHaveLength(70 * RESOURCES.length);
    const calls = dms.takeCalls();
    expect(calls.filter((name) => name === 'ListTagsForResource')).toHaveLength((70 * RESOURCES.length) / 20);
    expect(calls.filter((name) => name === 'DescribeEndpoints').length).toBeGreaterThan(1);
  });

  test('is found although something else goes at that moment', async () => {
    putAllOf(loadOf('mailer'));
    const { find, need } = dms;
    const going = dms.resources[2]!;
    dms.need = (arn) => {
      if (arn === going.arn) dms.resources = dms.resources.filter((each) => each !== going);
      return need.call(dms, arn);
    };
    expect(await leftovers.find(services)).toHaveLength(RESOURCES.length - 1);
    Object.assign(dms, { find, need });
  });

  test('is not asked for where nobody has set up DMS', async () => {
    expect(await leftovers.find({ ...services, deployment: { name: 'test' } })).toEqual([]);
    expect(dms.takeCalls()).toEqual([]);
  });

  describe('where DMS has been switched off since, while the permissions are there', () => {
    const off = (load: OwnedLoad): OwnedLoad => ({
      ...load,
      services: { ...services, deployment: { name: deployment.name } },
    });

    test('is removed', async () => {
      const load = loadOf('mailer');
      putAllOf(load);
      await removeAll(off(load));
      expect(dms.ids()).toEqual([]);
    });

    test('is reported, if it is only a subnet group: whose that is cannot be asked', async () => {
      const load = loadOf('other');
      const id = nameOf(load, 'subnets');
      dms.put('subgrp', id, 'Complete', { tags: tagsOf(load) });
      const detail = expect.stringContaining('DMS_ACCESS_ROLE_ARN');
      expect(await removeAll(off(load))).toEqual([{ type: KINDS.subnets, id, status: 'failed', detail }]);
    });
  });

  test('is removed from the name alone', async () => {
    const load = loadOf('mailer');
    putAllOf(load);
    putAllOf(loadOf('another'));
    const others = dms.ids().filter((id) => !id.startsWith(nameOf(load, 'task').slice(0, -'task'.length)));
    await removeAll(load);
    expect(dms.ids()).toEqual(others);
  });
});
