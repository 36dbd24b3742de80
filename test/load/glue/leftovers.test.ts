import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { leftovers } from '../../../src/load/glue/leftovers.ts';
import { KINDS, nameOf } from '../../../src/load/glue/names.ts';
import { ownTags, type OwnedLoad } from '../../../src/load/owned-load.ts';
import type { TornDown } from '../../../src/model.ts';
import { LoadDocuments } from '../../../src/store/documents.ts';
import { glueServices } from './a-load.ts';
import { MockedGlue, REGION } from './mocked-glue.ts';
import { deployment } from './plans.ts';

useRegion(REGION);
const glue = new MockedGlue();
const services = glueServices();
beforeEach(() => glue.reset());

const loadOf = (loadId: string, name = deployment.name): OwnedLoad => ({
  loadId,
  startedAt: services.now(),
  documents: new LoadDocuments(services.store, loadId),
  services: { ...services, deployment: { ...deployment, name } },
});

function put(load: OwnedLoad, tags = ownTags(load)): void {
  glue.jobs.set(nameOf(load, 'job'), { tags, asked: {} });
  glue.connections.set(nameOf(load, 'network'), { tags, asked: {} });
}

async function removeAll(load: OwnedLoad): Promise<TornDown[]> {
  for (let call = 0; call < 30; call += 1) {
    const { answer, tornDown } = await leftovers.remove(load);
    if (answer.status === 'done') return tornDown;
    services.clock.now = new Date(services.clock.now.getTime() + answer.waitSeconds * 1_000);
    glue.settle();
  }
  throw new Error('It goes on for ever.');
}

describe('what loads left in Glue', () => {
  test('is found, with the load that it is of', async () => {
    const load = loadOf('mailer');
    put(load);
    expect(await leftovers.find(services)).toEqual([
      { loadId: 'mailer', type: KINDS.job, id: nameOf(load, 'job') },
      { loadId: 'mailer', type: KINDS.network, id: nameOf(load, 'network') },
    ]);
    expect(glue.inputsOf('ListJobs')).toEqual([{ Tags: { 'initial-load:deployment': 'test' } }]);
    expect(glue.inputsOf('GetConnections')).toEqual([{ Filter: { ConnectionType: 'NETWORK' }, HidePassword: true }]);
  });

  test('is never found without both of our tags, of another deployment, or under other names', async () => {
    put(loadOf('untagged'), {});
    put(loadOf('half'), { 'initial-load:load': 'half' });
    put(loadOf('nameless'), { 'initial-load:deployment': deployment.name });
    put(loadOf('theirs', 'another'));
    glue.connections.set('warehouse', { tags: ownTags(loadOf('mailer')), asked: {} });
    glue.jobs.set('nightly', { tags: ownTags(loadOf('mailer')), asked: {} });
    expect(await leftovers.find(services)).toEqual([]);
  });

  test('is looked for without asking for the tags of what has other names: no role may', async () => {
    glue.connections.set('warehouse', { tags: {}, asked: {} });
    put(loadOf('mailer'));
    await leftovers.find(services);
    expect(glue.inputsOf('GetTags').map(({ ResourceArn }) => ResourceArn)).toEqual([
      `arn:aws:glue:eu-central-1:123456789012:job/${nameOf(loadOf('mailer'), 'job')}`,
      `arn:aws:glue:eu-central-1:123456789012:connection/${nameOf(loadOf('mailer'), 'network')}`,
    ]);
  });

  test('is found among more than a page of them', async () => {
    for (let number = 0; number < 35; number += 1) put(loadOf(`load-${number}`));
    expect(await leftovers.find(services)).toHaveLength(70);
  });

  test('is found although something else goes at that moment', async () => {
    put(loadOf('mailer'));
    put(loadOf('going'));
    glue.whenAsked = (call) => {
      if (call === 'GetTags') glue.jobs.delete(nameOf(loadOf('going'), 'job'));
    };
    expect(await leftovers.find(services)).toHaveLength(3);
  });

  test('is not asked for where nobody has set up Glue', async () => {
    expect(await leftovers.find({ ...services, deployment: { name: 'test' } })).toEqual([]);
    expect(glue.takeCalls()).toEqual([]);
  });

  test('is removed from the name alone, with a run that still goes on', async () => {
    const load = loadOf('mailer');
    put(load);
    put(loadOf('another'));
    glue.run(nameOf(load, 'job'), 'RUNNING');
    const tornDown = await removeAll(load);
    expect(tornDown.map(({ type, status }) => `${type} ${status}`)).toEqual([
      'Glue job deleted',
      'Glue connection deleted',
    ]);
    expect(glue.runs[0]!.JobRunState).toBe('STOPPED');
    expect(glue.names()).toEqual([nameOf(loadOf('another'), 'job'), nameOf(loadOf('another'), 'network')].sort());
  });
});
