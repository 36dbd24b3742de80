import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Plan, Survey, TableVerification, TornDown } from '../../src/model.ts';
import type { Load } from '../../src/services.ts';
import type { StepAnswer } from '../../src/step.ts';
import type { TearDownInput } from '../../src/tear-down/tear-down-input.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

/** What happens in the target and to the strategy's resources, in order; their own tests show that it does. */
const world: string[] = [];
const breaking = new Set<string>();
let removed: TornDown[] = [];
let cleaned: TornDown[] = [];
function note(what: string): void {
  world.push(what);
  if (breaking.has(what.split(' ')[0] ?? '')) throw new Error(`${what}: no route to host`);
}
jest.unstable_mockModule('../../src/target/close.ts', () => ({ closeTarget: async () => note('close') }));
jest.unstable_mockModule('../../src/target/clean.ts', () => ({
  cleanTarget: async ({ request }: Load, { outcome }: { outcome: string }) => {
    note(`clean ${outcome} ${request.onFailure}`);
    return { answer: { status: 'done' } satisfies StepAnswer, tornDown: cleaned };
  },
}));
const steps = {
  direct: {
    tearDown: async () => {
      note('remove');
      return { answer: { status: 'done' } satisfies StepAnswer, tornDown: removed };
    },
  },
};
const { acceptLoad } = await import('../../src/load/accept-load.ts');
const { awaitConsumer } = await import('../../src/load/await-consumer.ts');
const { notifySuccess } = await import('../../src/load/notify-success.ts');
const { openLoad } = await import('../../src/load/open-load.ts');
const { closeLoad } = await import('../../src/tear-down/close.ts');
const { notifyFailure } = await import('../../src/tear-down/notify-failure.ts');
const { recordResult } = await import('../../src/tear-down/record.ts');
const { removeIn } = await import('../../src/tear-down/remove.ts');
const { restoreAfterwards } = await import('../../src/tear-down/restore.ts');
const { reportEnd } = await import('../../src/tear-down/report-end.ts');
const {
  acknowledgedDocument,
  LoadDocuments,
  notificationsDocument,
  outcomeDocument,
  planDocument,
  resultDocument,
  stateDocument,
  surveyDocument,
  verificationDocument,
} = await import('../../src/store/documents.ts');

const plan: Pick<Plan, 'strategy' | 'reasons' | 'rejected' | 'estimate' | 'planes'> = {
  strategy: 'direct',
  reasons: ['small'],
  rejected: [],
  estimate: { seconds: 1, costUsd: 0 },
  planes: { provision: 'data', advance: 'data', tearDown: 'data' },
};
const table = {
  source: 'hr.employees',
  target: 'hr.employees',
  rowsRead: 3,
  rowsWritten: 3,
  sourceRows: 3,
  targetRows: 3,
  verified: true,
  mismatches: [],
};
const refusal = {
  Error: 'RequestError',
  Cause: '{"errorType":"RequestError","errorMessage":"hr.x: is missing. Create it"}',
};
const broken = {
  Error: 'ShardsFailedError',
  Cause: '{"errorType":"ShardsFailedError","errorMessage":"1 of 2 shards failed"}',
};

let services: MemoryServices;
let documents: InstanceType<typeof LoadDocuments>;

beforeEach(() => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
  world.length = 0;
  breaking.clear();
  removed = [];
  cleaned = [{ type: 'table', id: 'il-1-shards', status: 'deleted' }];
});

async function begin(fields: Record<string, unknown> = {}, attempt = 1): Promise<void> {
  const request = writtenRequest({ notify: [{ channel: 'eventbridge' }], ...fields });
  await acceptLoad(`mailer-${attempt}`, { loadId: 'mailer', attempt, request }, services);
}

async function provision(): Promise<void> {
  await documents.write(planDocument, plan as Plan);
  await documents.write(surveyDocument, {} as Survey);
  await documents.write(stateDocument, { ...(await documents.need(stateDocument)), provisioned: true });
}

async function verify(tables: TableVerification[] = [table]): Promise<void> {
  await documents.write(verificationDocument, tables);
}

/** The steps as the machine calls them: what fails is carried on in the state. */
async function tearDown(started: Partial<TearDownInput> = {}): Promise<TearDownInput> {
  const input: TearDownInput = { loadId: 'mailer', attempt: 1, ...started };
  const caught = (error: unknown) => ({
    Error: 'Error',
    Cause: JSON.stringify({ errorType: 'Error', errorMessage: (error as Error).message }),
  });
  input.closed = await closeLoad(input, services);
  if (input.closed.status === 'left-alone') return input;
  await removeIn(steps)(input, services).catch((error: unknown) => (input.removeProblem = caught(error)));
  await restoreAfterwards(input, services).catch((error: unknown) => (input.restoreProblem = caught(error)));
  await notifyFailure(input, services);
  await recordResult(input, services);
  return input;
}

const result = () => documents.need(resultDocument);
const locks = () => services.store.list('locks/');

describe('tear-down of a load that succeeded', () => {
  beforeEach(async () => {
    await begin();
    await provision();
    await verify();
    await notifySuccess(await openLoad({ loadId: 'mailer', attempt: 1 }, services));
  });

  test('leaves the rows, tells nobody of a failure, and records a result without one', async () => {
    await tearDown();
    expect(world).toEqual(['close', 'remove', 'clean succeeded discard']);
    expect(services.sent).toEqual([expect.objectContaining({ type: 'InitialLoadSucceeded', status: 'SUCCEEDED' })]);
    expect(await result()).toMatchObject({
      loadId: 'mailer',
      attempt: 1,
      status: 'SUCCEEDED',
      plan: { strategy: 'direct', reasons: ['small'] },
      tables: [{ source: 'hr.employees', sourceRows: 3, targetRows: 3, verified: true }],
      notifications: [{ channel: 'eventbridge', status: 'sent' }],
      tearDown: 'complete',
      tornDown: cleaned,
    });
    expect(await result()).not.toHaveProperty('failure');
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'finished' });
    expect(await locks()).toEqual([]);
  });

  test('an abort after the consumer was told does not discard what it relies on', async () => {
    await tearDown({ failure: { Error: 'ExecutionAborted', Cause: 'Somebody stopped it.' }, discard: true });
    expect(world).toContain('clean succeeded discard');
    expect(await result()).toMatchObject({ status: 'SUCCEEDED' });
  });

  test('reports what could not be removed beside the result, keeps the lock, and can be run again', async () => {
    breaking.add('remove');
    await tearDown();
    expect(world).toEqual(['close', 'remove', 'clean succeeded discard']);
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete' });
    expect((await result()).tornDown).toContainEqual({
      type: 'step',
      id: 'Remove',
      status: 'failed',
      detail: 'remove: no route to host',
    });
    expect(await locks()).toHaveLength(1);
    breaking.clear();
    await tearDown();
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', tornDown: cleaned });
    expect(await locks()).toEqual([]);
  });

  test('ends the execution with the result', async () => {
    const input = await tearDown();
    expect(await reportEnd(input, services)).toEqual({ status: 'SUCCEEDED', result: await result() });
  });

  test('when tear-down broke off, the execution still ends with a result that says so', async () => {
    const tearDownProblem = { Error: 'States.Timeout', Cause: '' };
    const end = await reportEnd({ loadId: 'mailer', attempt: 1, tearDownProblem }, services);
    expect(end).toMatchObject({ status: 'SUCCEEDED', result: { tearDown: 'incomplete' } });
  });
});

describe('when the step that tells the consumer broke', () => {
  const problem = { Error: 'States.Timeout', Cause: 'The store did not answer.' };
  const untold = [{ channel: 'eventbridge', status: 'failed', detail: 'The store did not answer.' }];

  test('a success is recorded as told to nobody, with the reason, also by a later tear-down', async () => {
    await begin();
    await provision();
    await verify();
    breaking.add('remove');
    await tearDown({ notifyProblem: problem });
    breaking.clear();
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete', notifications: untold });
    await tearDown();
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', notifications: untold });
    expect(services.sent).toEqual([]);
  });

  test('a failure is recorded as told to nobody, and a later tear-down tells it', async () => {
    await begin();
    await provision();
    const input: TearDownInput = { loadId: 'mailer', attempt: 1, failure: broken };
    input.closed = await closeLoad(input, services);
    await recordResult({ ...input, removeProblem: problem, notifyFailureProblem: problem }, services);
    expect(await result()).toMatchObject({ status: 'FAILED', tearDown: 'incomplete', notifications: untold });
    await tearDown();
    expect(await result()).toMatchObject({ notifications: [{ channel: 'eventbridge', status: 'sent' }] });
    expect(services.sent).toHaveLength(1);
  });

  test('what it had written down before stands', async () => {
    await begin();
    await provision();
    await verify();
    await notifySuccess(await openLoad({ loadId: 'mailer', attempt: 1 }, services));
    await tearDown({ notifyProblem: problem });
    expect(await result()).toMatchObject({ notifications: [{ channel: 'eventbridge', status: 'sent' }] });
  });
});

describe('tear-down of a load that failed', () => {
  test('discards the rows and tells the consumer once, however often it runs', async () => {
    await begin();
    await provision();
    breaking.add('clean');
    await tearDown({ failure: broken });
    breaking.clear();
    await tearDown();
    expect(world.filter((what) => what === 'clean failed discard')).toHaveLength(2);
    expect(services.sent).toEqual([
      expect.objectContaining({
        type: 'InitialLoadFailed',
        failure: expect.objectContaining({ cause: '1 of 2 shards failed' }),
      }),
    ]);
    expect(await result()).toMatchObject({
      status: 'FAILED',
      tearDown: 'complete',
      failure: { error: 'ShardsFailedError' },
    });
  });

  test('a mismatch is told as what it is', async () => {
    await begin();
    await provision();
    await verify([
      table,
      { ...table, source: 'hr.titles', verified: false, mismatches: ['3 rows were read, 2 are there'] },
    ]);
    const input = await tearDown();
    expect(await result()).toMatchObject({
      status: 'FAILED',
      failure: { error: 'Mismatch', cause: expect.stringContaining('hr.titles') },
    });
    expect((await result()).failure?.cause).toContain('3 rows were read, 2 are there');
    expect(await reportEnd(input, services)).toMatchObject({
      status: 'FAILED',
      error: 'Mismatch',
      cause: expect.stringContaining('memory:/loads/mailer/result.json'),
    });
  });

  test('closes the target again before rows are removed, when it could not be reached at first', async () => {
    await begin();
    await provision();
    breaking.add('close');
    const closed = await closeLoad({ loadId: 'mailer', attempt: 1, failure: broken }, services);
    expect(closed).toMatchObject({ status: 'closed', plane: 'data', problem: { cause: 'close: no route to host' } });
    await expect(restoreAfterwards({ loadId: 'mailer', attempt: 1, closed }, services)).rejects.toThrow('no route');
    expect(world).toEqual(['close', 'close']);
  });

  test('with onFailure "keep" rows and lock stay until they are discarded', async () => {
    await begin({ onFailure: 'keep' });
    await provision();
    await tearDown({ failure: broken });
    expect(world.at(-1)).toBe('clean failed keep');
    expect(await result()).toMatchObject({ status: 'FAILED', tearDown: 'kept' });
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'kept' });
    expect(await locks()).toHaveLength(1);

    expect(await tearDown()).toMatchObject({ closed: { status: 'left-alone' } });
    await tearDown({ discard: true });
    expect(world.at(-1)).toBe('clean failed discard');
    expect(await result()).toMatchObject({ tearDown: 'complete', failure: { error: 'ShardsFailedError' } });
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'finished' });
    expect(await locks()).toEqual([]);
  });

  test('that rows shall go is not forgotten when tear-down breaks off', async () => {
    await begin({ onFailure: 'keep' });
    await provision();
    breaking.add('clean');
    await tearDown({ failure: broken, discard: true });
    breaking.clear();
    await tearDown();
    expect(world.at(-1)).toBe('clean failed discard');
  });
});

describe('tear-down of a load that was refused', () => {
  test('touches no database and leaves nothing, and the execution ends with what was wrong', async () => {
    await begin();
    const input = await tearDown({ failure: refusal });
    expect(world).toEqual([]);
    expect([...services.documents.keys()]).toEqual([]);
    expect(await reportEnd(input, services)).toEqual({
      status: 'FAILED',
      error: 'RequestError',
      cause: 'hr.x: is missing. Create it',
    });
  });

  test('by the step that prepares the target leaves nothing either', async () => {
    await begin({ onFailure: 'keep' });
    await provision();
    cleaned = [];
    await tearDown({ failure: refusal });
    expect([...services.documents.keys()]).toEqual([]);
  });

  test('when an earlier attempt succeeded leaves that result as it was', async () => {
    await begin();
    await provision();
    await verify();
    await notifySuccess(await openLoad({ loadId: 'mailer', attempt: 1 }, services));
    await tearDown();
    const succeeded = await result();
    await begin({}, 2);
    expect(await result()).toEqual(succeeded);
    await tearDown({ attempt: 2, failure: refusal });
    expect(await result()).toEqual(succeeded);
    expect([...services.documents.keys()]).toEqual(['loads/mailer/result.json']);
  });

  test('when an earlier attempt keeps its rows keeps them, and the lock', async () => {
    await begin({ onFailure: 'keep' });
    await provision();
    cleaned = [{ type: 'table', id: 'il-1-shards', status: 'kept' }];
    await tearDown({ failure: broken });
    await begin({ onFailure: 'keep' }, 2);
    await tearDown({ attempt: 2, failure: refusal });
    expect(await documents.read(stateDocument)).toMatchObject({ attempt: 2, status: 'kept' });
    expect(await locks()).toHaveLength(1);
  });
});

describe('tear-down of an attempt that is not the newest', () => {
  test('leaves everything alone', async () => {
    await begin();
    await provision();
    await begin({}, 2);
    const before = new Map(services.documents);
    expect(await tearDown()).toMatchObject({ closed: { status: 'left-alone' } });
    expect(services.documents).toEqual(before);
    expect(await reportEnd({ loadId: 'mailer', attempt: 1 }, services)).toMatchObject({
      status: 'FAILED',
      error: 'SupersededError',
    });
  });

  test('stops where a later attempt takes over in the middle', async () => {
    await begin();
    await provision();
    const input: TearDownInput = { loadId: 'mailer', attempt: 1 };
    input.closed = await closeLoad(input, services);
    const state = await documents.need(stateDocument);
    await documents.write(stateDocument, { ...state, attempt: 2, status: 'open' });
    world.length = 0;
    await restoreAfterwards(input, services);
    await recordResult(input, services);
    expect(world).toEqual([]);
    expect(await documents.read(resultDocument)).toBeUndefined();
  });

  test('closes a load that was accepted just before its locks were given back', async () => {
    const { remove } = services.store;
    services.store.remove = async (path) => {
      services.store.remove = remove;
      await begin();
      await remove(path);
    };
    expect(await closeLoad({ loadId: 'mailer', attempt: 1 }, services)).toMatchObject({ status: 'closed' });
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'closed' });
  });

  test('of a load that nobody knows gives back locks that an acceptance left', async () => {
    await services.store.write('locks/mailer.json', { loadId: 'mailer', held: ['x'], wanted: [] });
    expect(await tearDown()).toMatchObject({ closed: { status: 'left-alone' } });
    expect(await locks()).toEqual([]);
  });
});

describe('a load that is closed while its consumer is about to be told of the success', () => {
  /** What comes in between when this document is about to be created, or just was. */
  function interleave(name: { path: string }, when: 'before' | 'after', what: () => Promise<unknown>): void {
    const { create } = services.store;
    services.store.create = async (path, document) => {
      if (!path.endsWith(`/${name.path}`)) return create(path, document);
      services.store.create = create;
      if (when === 'before') await what();
      const created = await create(path, document);
      if (when === 'after') await what();
      return created;
    };
  }
  const aborted = { Error: 'ExecutionAborted', Cause: 'The execution was aborted.' };
  let load: Load;
  beforeEach(async () => {
    await begin();
    await provision();
    await verify();
    load = await openLoad({ loadId: 'mailer', attempt: 1 }, services);
  });

  test('has failed when that was decided first: nobody is told of a success', async () => {
    interleave(outcomeDocument, 'after', () => expect(notifySuccess(load)).rejects.toThrow('was closed before'));
    await tearDown({ failure: aborted });
    expect(services.sent).toEqual([expect.objectContaining({ type: 'InitialLoadFailed' })]);
    expect(await result()).toMatchObject({ status: 'FAILED', notifications: [{ status: 'sent' }] });
  });

  test('has failed when it was torn down by then', async () => {
    interleave(notificationsDocument, 'before', () => tearDown({ failure: aborted }));
    await notifySuccess(load);
    expect(services.sent).toEqual([expect.objectContaining({ type: 'InitialLoadFailed' })]);
  });

  test('has succeeded when that was decided first: its rows stay', async () => {
    interleave(outcomeDocument, 'before', () => notifySuccess(load));
    await tearDown({ failure: aborted });
    expect(world).toContain('clean succeeded discard');
    expect(services.sent).toEqual([expect.objectContaining({ type: 'InitialLoadSucceeded' })]);
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', notifications: [{ status: 'sent' }] });
  });
});

describe('tear-down of a load whose consumer is awaited', () => {
  const aborted = { Error: 'ExecutionAborted', Cause: 'The execution was aborted.' };
  const late = {
    Error: 'DeadlineError',
    Cause: '{"errorType":"DeadlineError","errorMessage":"It had not read everything: partition 0: 7 records."}',
  };
  const told = (type: string) => ({ type, channel: 'eventbridge', status: 'sent' });
  let load: Load;
  beforeEach(async () => {
    await begin();
    await provision();
    await documents.write(planDocument, { ...plan, awaitsConsumer: true } as Plan);
    await verify();
    load = await openLoad({ loadId: 'mailer', attempt: 1 }, services);
  });

  test('that it has read leaves a success, of which alone it was told', async () => {
    await notifySuccess(load);
    expect(await documents.read(outcomeDocument)).toBeUndefined();
    await awaitConsumer(load, async () => []);
    await tearDown();
    expect(world).toContain('clean succeeded discard');
    expect(await result()).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect((await result()).notifications).toEqual([told('InitialLoadSucceeded')]);
  });

  test.each([
    ['was too late', late, 'It had not read everything: partition 0: 7 records.', /consumer has not read it all/],
    ['was stopped', aborted, 'The execution was aborted.', /Run the load again/],
  ])(
    'and that %s after it was told of the success tells it once of the failure',
    async (_what, failure, cause, advice) => {
      await notifySuccess(load);
      breaking.add('clean');
      await tearDown({ failure });
      breaking.clear();
      await tearDown({ failure: aborted });
      expect(world.filter((what) => what === 'clean failed discard')).toHaveLength(2);
      expect(services.sent).toEqual([
        expect.objectContaining({ type: 'InitialLoadSucceeded' }),
        expect.objectContaining({ type: 'InitialLoadFailed', failure: expect.objectContaining({ cause }) }),
      ]);
      const { status, tearDown: ended, failure: said, notifications } = await result();
      expect({ status, ended, error: said?.error }).toEqual({
        status: 'FAILED',
        ended: 'complete',
        error: failure.Error,
      });
      expect(said?.advice).toMatch(advice);
      expect(notifications).toEqual([told('InitialLoadSucceeded'), told('InitialLoadFailed')]);
    },
  );

  test('and that is closed after an acknowledgement has succeeded, also when that broke off', async () => {
    await notifySuccess(load);
    await documents.write(acknowledgedDocument, { acknowledgedAt: '2026-03-01T12:00:00.000Z' });
    await tearDown({ failure: aborted });
    expect(await result()).toMatchObject({ status: 'SUCCEEDED' });
    expect(services.sent).toHaveLength(1);
  });

  test('and that is closed for no reason that anybody gave has failed', async () => {
    await notifySuccess(load);
    await tearDown();
    expect(await result()).toMatchObject({ status: 'FAILED', failure: { error: 'LoadClosedError' } });
  });

  test('is told no success when it was closed before', async () => {
    await tearDown({ failure: aborted });
    await expect(notifySuccess(load)).resolves.toBeUndefined();
    expect(services.sent).toEqual([expect.objectContaining({ type: 'InitialLoadFailed' })]);
    expect((await result()).notifications).toEqual([told('InitialLoadFailed')]);
  });

  test('and whose closing comes while it is told of the success keeps an account of both', async () => {
    const { eventbridge } = services.channels;
    services.channels.eventbridge = async (...sending) => {
      services.channels.eventbridge = eventbridge;
      await tearDown({ failure: aborted });
      return eventbridge(...sending);
    };
    await notifySuccess(load);
    expect(await documents.read(notificationsDocument)).toEqual([
      told('InitialLoadSucceeded'),
      told('InitialLoadFailed'),
    ]);
    await expect(awaitConsumer(load, async () => [])).rejects.toThrow('was closed before its consumer had read it');
  });

  test('whom nobody could tell of the failure is recorded so, beside what it was told', async () => {
    await notifySuccess(load);
    const input: TearDownInput = { loadId: 'mailer', attempt: 1, failure: late };
    input.closed = await closeLoad(input, services);
    const notifyFailureProblem = { Error: 'States.Timeout', Cause: 'The store did not answer.' };
    await recordResult({ ...input, notifyFailureProblem }, services);
    expect((await result()).notifications).toEqual([
      told('InitialLoadSucceeded'),
      { ...told('InitialLoadFailed'), status: 'failed', detail: 'The store did not answer.' },
    ]);
  });
});

test('a success that may not have been told is told again, and once it was told, no more', async () => {
  await begin();
  await provision();
  await verify();
  const load = await openLoad({ loadId: 'mailer', attempt: 1 }, services);
  const { write } = services.store;
  services.store.write = async (path, document) => {
    if (JSON.stringify(document).includes('"sent"')) throw new Error('killed');
    await write(path, document);
  };
  await expect(notifySuccess(load)).rejects.toThrow('killed');
  services.store.write = write;
  await notifySuccess(load);
  await notifySuccess(load);
  expect(await documents.read(notificationsDocument)).toEqual([
    { type: 'InitialLoadSucceeded', channel: 'eventbridge', status: 'sent' },
  ]);
  expect(services.sent).toHaveLength(2);
});
