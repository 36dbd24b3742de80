import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptLoad } from '../../src/load/accept-load.ts';
import {
  documentName,
  LoadDocuments,
  outcomeDocument,
  foldersDocument,
  planDocument,
  requestDocument,
  resultDocument,
  shardDocument,
  stateDocument,
  verificationDocument,
} from '../../src/store/documents.ts';
import { releaseLocks } from '../../src/store/locks.ts';
import type { LoadState } from '../../src/store/documents.ts';
import type { LoadResult, Plan } from '../../src/model.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

const request = writtenRequest({ limits: { deadlineMinutes: 30 } });
let services: MemoryServices;
let documents: LoadDocuments;
const accept = (attempt = 1, given: unknown = request) =>
  acceptLoad(`mailer-${attempt}`, { loadId: 'mailer', attempt, request: given }, services);

beforeEach(() => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
});

async function setState(fields: Partial<LoadState>): Promise<void> {
  await documents.write(stateDocument, { ...(await documents.need(stateDocument)), ...fields });
}

describe('accepting a load', () => {
  test('stores the request and the state, and answers when its time is over', async () => {
    expect(await accept()).toEqual({ loadId: 'mailer', attempt: 1, deadlineAt: '2026-03-01T12:30:00.000Z' });
    expect(await documents.read(requestDocument)).toMatchObject({ dataset: 'employees', onFailure: 'discard' });
    expect(await documents.read(stateDocument)).toEqual({
      loadId: 'mailer',
      attempt: 1,
      execution: 'mailer-1',
      status: 'open',
      dataset: 'employees',
      consumer: 'mailer',
      startedAt: '2026-03-01T12:00:00.000Z',
      deadlineAt: '2026-03-01T12:30:00.000Z',
      provisioned: false,
      updatedAt: '2026-03-01T12:00:00.000Z',
    });
  });

  test.each([
    ['an array', []],
    ['a text', 'load it'],
    ['an unknown field', { ...request, fast: true }],
    ['nothing', null],
  ])('%s as a request leaves nothing in the store, no lock either', async (_what, wrong) => {
    await expect(accept(1, wrong)).rejects.toMatchObject({ name: 'RequestError' });
    expect([...services.documents.keys()]).toEqual([]);
  });

  test('what the deployment does not allow leaves nothing either', async () => {
    services.bounds = { ...services.bounds, environmentReferences: false };
    await expect(accept()).rejects.toMatchObject({ name: 'RequestError', field: 'source.connection' });
    expect([...services.documents.keys()]).toEqual([]);
  });

  test('a second load into the same table is refused with the name of the first', async () => {
    await accept();
    const other = acceptLoad('other-1', request, services);
    await expect(other).rejects.toThrow(/hr\.employees.*load mailer/);
    expect([...services.documents.keys()].filter((path) => path.includes('other'))).toEqual([]);
  });

  test('a load that only writes to topics has no table to lock', async () => {
    const topics = { brokers: 'env:BROKERS', tables: { 'hr.employees': 'hr.employees' } };
    await expect(accept(1, writtenRequest({ target: undefined, topics }))).resolves.toMatchObject({ attempt: 1 });
  });

  test('of executions that accept one load at once each is an attempt of its own, and the last one has the load', async () => {
    const names = ['one', 'two', 'three'].map((name) => `mailer-1-${name}`);
    const wrapped = { loadId: 'mailer', attempt: 1, request };
    const ends = await Promise.allSettled(names.map((name) => acceptLoad(name, wrapped, services)));
    const accepted = ends.flatMap((end) => (end.status === 'fulfilled' ? end.value.attempt : []));
    const state = await documents.need(stateDocument);
    expect(new Set(accepted).size).toBe(accepted.length);
    expect(accepted).toContain(state.attempt);
  });

  test('called again after its answer was lost, it answers the same', async () => {
    const first = await accept();
    services.clock.now = new Date('2026-03-01T12:05:00.000Z');
    expect(await accept()).toEqual(first);
  });
});

describe('a tear-down that takes the locks away before the state is there', () => {
  beforeEach(() => {
    const { write } = services.store;
    services.store.write = async (path, document) => {
      if (path.endsWith('load.json')) {
        await releaseLocks(services.store, 'mailer');
        services.store.write = write;
      }
      await write(path, document);
    };
  });

  test('is noticed, and the acceptance that is tried again takes them again', async () => {
    await expect(accept()).rejects.toMatchObject({ name: 'TransientError' });
    expect(await accept()).toMatchObject({ loadId: 'mailer', attempt: 1 });
    await expect(acceptLoad('other-1', request, services)).rejects.toThrow(/load mailer/);
  });

  test('lets another load go first, and the acceptance that is tried again is refused', async () => {
    await expect(accept()).rejects.toMatchObject({ name: 'TransientError' });
    await acceptLoad('other-1', request, services);
    await expect(accept()).rejects.toThrow(/load other/);
  });
});

describe('the next attempt at a load', () => {
  const plan = { strategy: 'direct' } as Plan;

  async function firstAttempt(state: Partial<LoadState>): Promise<void> {
    await accept();
    await documents.write(planDocument, plan);
    await documents.write(foldersDocument, { folders: ['s3://exports/hr.employees/'], foundAt: '' });
    await documents.write(shardDocument('s1'), { shard: 's1', status: 'succeeded', finishedAt: '' });
    await documents.write(shardDocument('s2'), { shard: 's2', status: 'failed', finishedAt: '' });
    await documents.write(verificationDocument, []);
    await documents.write(outcomeDocument, { attempt: 1 });
    await setState(state);
  }

  test.each(['open', 'kept'] as const)(
    'goes on from one that was left %s, with its plan, the folders that it found empty and the shards that succeeded',
    async (status) => {
      await firstAttempt({ status, provisioned: true });
      expect(await accept(2)).toMatchObject({ attempt: 2 });
      expect(await documents.read(stateDocument)).toMatchObject({
        attempt: 2,
        status: 'open',
        execution: 'mailer-2',
        provisioned: true,
      });
      expect(await documents.read(planDocument)).toEqual(plan);
      expect(await documents.read(foldersDocument)).toBeDefined();
      expect(await documents.list('shards/')).toEqual(['shards/s1.json']);
      expect(await documents.read(verificationDocument)).toBeUndefined();
      expect(await documents.read(outcomeDocument)).toBeUndefined();
    },
  );

  test('goes on with the topics that it made, and with the rows that it was feeding', async () => {
    await firstAttempt({ status: 'open', provisioned: true });
    const rows = ['glue/rows/a-start/1/part-00000.txt', 'glue/staged.json', 'made-topics.json'];
    for (const path of rows) await documents.write(documentName(path), {});
    await accept(2);
    expect([...(await documents.list('glue/')), ...(await documents.list('made-topics'))]).toEqual(rows);
  });

  test('starts over after one that has ended', async () => {
    await firstAttempt({ status: 'finished', provisioned: true });
    await accept(2);
    expect(await documents.read(stateDocument)).toMatchObject({ attempt: 2, provisioned: false });
    expect((await documents.list('')).sort()).toEqual(['attempts/2.json', 'load.json', 'request.json']);
  });

  test('counts on from one of which only the result is left, and leaves it until there is a new one', async () => {
    await documents.write(resultDocument, { attempt: 4 } as LoadResult);
    expect(await accept(1)).toMatchObject({ attempt: 5 });
    expect(await documents.read(resultDocument)).toEqual({ attempt: 4 });
  });

  test('is refused with a different request while rows of the first may be there', async () => {
    await firstAttempt({ status: 'kept', provisioned: true });
    await expect(accept(2, writtenRequest({ consumer: 'other' }))).rejects.toMatchObject({
      name: 'RequestError',
      field: 'loadId',
    });
    expect(await documents.read(stateDocument)).toMatchObject({ attempt: 1, status: 'kept' });
  });

  test('may have a different request after one that has ended', async () => {
    await firstAttempt({ status: 'finished' });
    await expect(accept(2, writtenRequest({ consumer: 'other' }))).resolves.toMatchObject({ attempt: 2 });
  });

  test('is refused while the first is being torn down', async () => {
    await firstAttempt({ status: 'closed' });
    await expect(accept(2)).rejects.toThrow(/being torn down/);
  });
});
