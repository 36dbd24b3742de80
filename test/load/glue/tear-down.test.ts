import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { madeDocument } from '../../../src/load/glue/documents.ts';
import { KINDS, nameOf } from '../../../src/load/glue/names.ts';
import { callDocument } from '../../../src/load/glue/run/starts.ts';
import { tearDown } from '../../../src/load/glue/tear-down.ts';
import { ownTags, type OwnedLoad } from '../../../src/load/owned-load.ts';
import type { TornDown } from '../../../src/model.ts';
import { documentName, LoadDocuments, waitingForDocument } from '../../../src/store/documents.ts';
import { glueLoad, glueServices, type GlueLoad } from './a-load.ts';
import { denied, lost, MockedGlue, REGION, throttled } from './mocked-glue.ts';

useRegion(REGION);
const glue = new MockedGlue();
let load: GlueLoad;

beforeEach(async () => {
  glue.reset();
  load = await glueLoad();
});

const JOB = () => ({ type: KINDS.job, id: nameOf(load, 'job') });
const NETWORK = () => ({ type: KINDS.network, id: nameOf(load, 'network') });
const SCRIPTS = { type: KINDS.scripts, id: 'memory:/loads/a-load/glue/script/' };
const asDeleted = (...things: { type: string; id: string }[]) =>
  things.map((thing) => ({ ...thing, status: 'deleted' }));

/** What provisioning makes, as far as named. */
async function made(...kinds: ('scripts' | 'network' | 'job')[]): Promise<void> {
  const thing = { tags: ownTags(load), asked: {} };
  if (kinds.includes('scripts')) {
    await load.documents.write(documentName('glue/script/initial_load.py'), '');
    await load.documents.write(documentName('glue/script/il_read.py'), '');
  }
  if (kinds.includes('network')) glue.connections.set(nameOf(load, 'network'), { ...thing });
  if (kinds.includes('job')) glue.jobs.set(nameOf(load, 'job'), { ...thing });
}

async function provisioned(): Promise<void> {
  await made('scripts', 'network', 'job');
  const arns = { network: 'arn', job: 'arn' };
  await load.documents.write(madeDocument, { arns, scripts: ['initial_load.py', 'il_read.py'] });
}

/** The calls of each invocation until the tear-down is done, and what it reports. */
async function remove(of: OwnedLoad = load): Promise<{ calls: string[][]; tornDown: TornDown[] }> {
  const calls: string[][] = [];
  for (;;) {
    const { answer, tornDown } = await tearDown(of);
    calls.push(glue.takeCalls());
    if (answer.status === 'done') return { calls, tornDown };
    if (calls.length > 400) throw new Error(`It goes on for ever: ${JSON.stringify(calls.slice(-3))}`);
    load.services.clock.now = new Date(load.services.now().getTime() + answer.waitSeconds * 1_000);
    glue.settle();
  }
}

const scriptsLeft = () => load.documents.list('glue/script/');

/** As an invocation that finds nothing of the load but its name, and what lies in the store. */
function onlyNamed(): OwnedLoad {
  for (const path of load.services.documents.keys()) {
    if (!path.includes('glue/script/')) load.services.documents.delete(path);
  }
  const { loadId, startedAt, services } = load;
  return { loadId, startedAt, documents: new LoadDocuments(services.store, loadId), services };
}

describe('the tear-down of what a load has in Glue', () => {
  test('goes from the job to the scripts, in one call where no run goes on', async () => {
    await provisioned();
    glue.run(nameOf(load, 'job'), 'SUCCEEDED');
    const { calls, tornDown } = await remove();
    expect(calls).toEqual([['GetTags', 'GetJobRuns', 'DeleteJob', 'GetTags', 'DeleteConnection']]);
    expect(glue.names()).toEqual([]);
    expect(await scriptsLeft()).toEqual([]);
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
    expect(await load.documents.read(madeDocument)).toBeUndefined();
  });

  test('takes the rows that wait for their topics, of every start, once the job is gone', async () => {
    await provisioned();
    const folder = 'loads/a-load/glue/rows/';
    const rows = new Set([
      `${folder}start-1/1/part-0.txt`,
      `${folder}start-2/1/part-0.txt`,
      'loads/a-load/glue/rows_$folder$',
    ]);
    for (const key of rows) await load.documents.write(documentName(key.replace('loads/a-load/', '')), {});
    const { store } = load.services;
    Object.assign(load.services, { store: { ...store, address: 's3://loads' } });
    const documents = new LoadDocuments(load.services.store, load.loadId);
    glue.s3.on(ListObjectsV2Command).callsFake(({ Prefix }) => ({
      Contents: [...rows].filter((key) => key.startsWith(Prefix)).map((Key) => ({ Key, Size: 1 })),
    }));
    glue.s3.on(DeleteObjectsCommand).callsFake(({ Delete }) => {
      expect(glue.names()).toEqual([]);
      for (const { Key } of Delete.Objects) rows.delete(Key);
      return {};
    });
    const { tornDown } = await remove({ ...load, documents });
    expect([...rows]).toEqual([]);
    expect(tornDown).toContainEqual({ type: KINDS.rows, id: 's3://loads/loads/a-load/glue/rows/', status: 'deleted' });
  });

  test('stops the runs that go on, once, and deletes nothing before they have stopped', async () => {
    await provisioned();
    for (const state of ['FAILED', 'STARTING', 'RUNNING', 'WAITING', 'STOPPING'] as const) {
      glue.run(nameOf(load, 'job'), state);
    }
    const first = await tearDown(load);
    expect(first).toMatchObject({ answer: { status: 'working' }, tornDown: [] });
    expect(glue.inputsOf('BatchStopJobRun')).toEqual([
      { JobName: nameOf(load, 'job'), JobRunIds: ['jr_4', 'jr_3', 'jr_2'] },
    ]);
    expect((await load.documents.read(waitingForDocument))?.what).toBe('what was made in Glue, until it is gone');
    glue.takeCalls();
    await tearDown(load);
    expect(glue.takeCalls()).toEqual(['GetTags', 'GetJobRuns']);
    glue.settle();
    const { tornDown } = await remove();
    expect(glue.names()).toEqual([]);
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
  });

  test('stops more runs than one call takes', async () => {
    await provisioned();
    for (let run = 0; run < 30; run += 1) glue.run(nameOf(load, 'job'), 'RUNNING');
    await tearDown(load);
    expect(glue.inputsOf('BatchStopJobRun').map(({ JobRunIds }) => (JobRunIds as string[]).length)).toEqual([25, 5]);
    expect(glue.runs.every(({ JobRunState }) => JobRunState === 'STOPPING')).toBe(true);
  });

  test.each([[[]], [['scripts']], [['scripts', 'network']], [['scripts', 'network', 'job']], [['job']]] as (
    | 'scripts'
    | 'network'
    | 'job'
  )[][][])('works after %j were made, from the name alone, and twice', async (kinds) => {
    await made(...kinds);
    const named = onlyNamed();
    const first = await remove(named);
    expect(glue.names()).toEqual([]);
    expect(await scriptsLeft()).toEqual([]);
    expect(first.tornDown).toHaveLength(kinds.length);
    const again = await remove(named);
    expect(again.calls.flat().filter((call) => !call.startsWith('Get'))).toEqual([]);
    expect(again.tornDown).toEqual(first.tornDown);
  });

  test('looks a second time, later than an invocation can be making something, if provisioning had not ended', async () => {
    await made('scripts', 'network');
    const before = load.services.now().getTime();
    const { answer } = await tearDown(load);
    expect(answer).toMatchObject({ status: 'working' });
    expect(answer.status === 'working' && answer.waitSeconds).toBeGreaterThanOrEqual(130);
    await made('job', 'scripts');
    const { tornDown } = await remove();
    expect(load.services.now().getTime()).toBe(before);
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
    expect(glue.names()).toEqual([]);
  });

  test('does not delete the job from under a run that an invocation may be starting', async () => {
    await provisioned();
    await load.documents.write(callDocument(load), { at: load.services.now().toISOString() });
    await tearDown(load);
    expect(glue.takeCalls()).toEqual(['GetTags', 'GetJobRuns']);
    glue.run(nameOf(load, 'job'), 'STARTING');
    const { calls } = await remove();
    expect(calls.flat()).toContain('BatchStopJobRun');
    expect(glue.runs[0]!.JobRunState).toBe('STOPPED');
    expect(glue.names()).toEqual([]);
  });

  test('leaves alone what has the load’s names and other tags, of another deployment, say', async () => {
    const theirs = { tags: { ...ownTags(load), 'initial-load:deployment': 'theirs' }, asked: {} };
    glue.jobs.set(nameOf(load, 'job'), theirs);
    glue.connections.set(nameOf(load, 'network'), { tags: {}, asked: {} });
    const { tornDown, calls } = await remove();
    expect(tornDown).toEqual([]);
    expect(new Set(calls.flat())).toEqual(new Set(['GetTags']));
    expect(glue.names()).toHaveLength(2);
  });
});

describe('what goes wrong in a tear-down', () => {
  test.each([
    ['throttled', throttled()],
    ['changed at the same time', Object.assign(new Error('x'), { name: 'ConcurrentModificationException' })],
    ['out of time', Object.assign(new Error('x'), { name: 'OperationTimeoutException' })],
  ])('may pass, and is waited out: %s', async (_case, error) => {
    await provisioned();
    for (const call of ['GetTags', 'GetJobRuns', 'DeleteJob', 'DeleteConnection']) glue.fail(call, error, { times: 5 });
    const { tornDown } = await remove();
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
  });

  test.each(['DeleteJob', 'DeleteConnection', 'BatchStopJobRun'])('the answer to %s may be lost', async (call) => {
    await provisioned();
    glue.run(nameOf(load, 'job'), 'RUNNING');
    glue.fail(call, lost(), { after: true });
    const { tornDown } = await remove();
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
    expect(glue.names()).toEqual([]);
  });

  test('is reported where Glue refuses for good, and the rest goes', async () => {
    await provisioned();
    glue.fail('DeleteJob', denied(), { times: 99 });
    const { calls, tornDown } = await remove();
    expect(calls.flat().filter((call) => call === 'DeleteJob')).toHaveLength(3);
    expect(tornDown).toEqual([
      ...asDeleted(NETWORK(), SCRIPTS),
      {
        ...JOB(),
        status: 'failed',
        detail: expect.stringContaining('DeleteJob: AccessDeniedException: not authorized.'),
      },
    ]);
    expect(glue.names()).toEqual([nameOf(load, 'job')]);
    expect(await load.documents.read(madeDocument)).toBeDefined();
  });

  test('is mended by the next tear-down, which tells what it could do now', async () => {
    await provisioned();
    glue.fail('DeleteJob', denied(), { times: 3 });
    await remove();
    const { tornDown } = await remove();
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
  });

  test('is a run that can not be stopped: it is waited for, and in the end reported with Glue’s words', async () => {
    await provisioned();
    glue.run(nameOf(load, 'job'), 'RUNNING');
    glue.unstoppable.set('jr_1', { ErrorCode: 'JobRunInvalidStateTransitionException', ErrorMessage: 'cannot go' });
    const begun = load.services.now().getTime();
    const { tornDown } = await remove();
    expect(load.services.now().getTime() - begun).toBeGreaterThanOrEqual(2 * 3_600_000);
    expect(tornDown).toContainEqual({
      ...JOB(),
      status: 'failed',
      detail: 'BatchStopJobRun: jr_1: JobRunInvalidStateTransitionException: cannot go',
    });
    expect(tornDown).toContainEqual(asDeleted(NETWORK())[0]);
  });

  test('is no refusal if the run has ended meanwhile', async () => {
    await provisioned();
    const run = glue.run(nameOf(load, 'job'), 'RUNNING');
    glue.unstoppable.set('jr_1', { ErrorCode: 'JobRunInvalidStateTransitionException', ErrorMessage: 'cannot go' });
    await tearDown(load);
    run.JobRunState = 'SUCCEEDED';
    const { tornDown } = await remove();
    expect(tornDown).toEqual(asDeleted(JOB(), NETWORK(), SCRIPTS));
  });

  test('is said where the deployment names no role any more: whose the things are cannot be asked', async () => {
    await made('network', 'job');
    const services = { ...glueServices(), clock: load.services.clock, deployment: { name: 'test' } };
    const { tornDown } = await remove({ ...load, services: { ...services, now: load.services.now } });
    expect(tornDown.map(({ status }) => status)).toEqual(['failed', 'failed']);
    expect(tornDown[0]!.detail).toContain('GLUE_ROLE_ARN');
    expect(glue.takeCalls()).toEqual([]);
  });
});
