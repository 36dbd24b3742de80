import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { localServices } from '../../local/local-services.ts';
import { runLoad, tearDownLoad } from '../../local/run-load.ts';
import type { LoadEnd } from '../../local/run-load.ts';
import type { MachineEvent } from '../../local/run-machine.ts';
import type { LoadResult } from '../../src/model.ts';
import type { Services } from '../../src/services.ts';
import { LoadDocuments, progressDocument, resultDocument, stateDocument } from '../../src/store/documents.ts';
import { memoryServices } from '../support/memory-services.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const databases = openTestDatabases();
const ROWS = 2_000;
let source: TestDatabase;
let target: TestDatabase;
let store: Services['store'];
let documents: Map<string, string>;
let services: Services;

const schema =
  'create table team (id int primary key); create table person (id int primary key, name text, team int references team)';
const request = (fields: Record<string, unknown> = {}) => ({
  dataset: 'people',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['public.person', 'public.team'] },
  target: { engine: 'postgres', connection: 'env:TARGET' },
  notify: [{ channel: 'eventbridge' }],
  ...fields,
});

beforeAll(async () => {
  source = await databases.createDatabase();
  await source.query(schema);
  await source.query(`insert into team select generate_series(1, 10);
    insert into person select n, 'person ' || n, 1 + n % 10 from generate_series(1, ${ROWS}) n; analyze`);
});
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query(schema);
  const memory = memoryServices();
  ({ store, documents } = memory);
  const variables = { SOURCE: source.url, TARGET: target.url };
  services = localServices({ store, now: () => new Date(), print: () => {}, variables });
});
afterAll(() => databases.dropAll());

const rowsIn = async (database: TestDatabase) =>
  (await database.query<{ n: number }>('select count(*)::int as n from person'))[0]?.n;
const tablesIn = async (database: TestDatabase) =>
  (
    await database.query<{ name: string }>(
      `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
    )
  ).map(({ name }) => name);
const foreignKeysIn = (database: TestDatabase) =>
  database.query(`select conname from pg_constraint where contype = 'f' and convalidated`);

function resultOf(end: LoadEnd): LoadResult {
  if (end.known !== 'result') throw new Error(`It left no result: ${JSON.stringify(end)}`);
  return end.result;
}

describe('a load on this machine', () => {
  test('runs the deployed definitions to a verified result and leaves nothing behind', async () => {
    const events: MachineEvent[] = [];
    const end = await runLoad({ request: request(), services, onEvent: (event) => events.push(event) });
    expect(end).toMatchObject({ known: 'result', result: { status: 'SUCCEEDED', attempt: 1, tearDown: 'complete' } });
    expect(resultOf(end)).not.toHaveProperty('failure');
    expect(resultOf(end).tables).toEqual([
      expect.objectContaining({ source: 'public.person', sourceRows: ROWS, targetRows: ROWS, verified: true }),
      expect.objectContaining({ source: 'public.team', sourceRows: 10, targetRows: 10, verified: true }),
    ]);
    expect(resultOf(end).notifications).toMatchObject([{ channel: 'eventbridge', status: 'printed' }]);
    expect(await rowsIn(target)).toBe(ROWS);
    expect(await tablesIn(target)).toEqual(['person', 'team']);
    expect(await foreignKeysIn(target)).toHaveLength(1);
    expect(end.transitions).toBeLessThanOrEqual(40);
    expect(events.map(({ state }) => state)).toEqual(
      expect.arrayContaining(['Accept', 'Advance', 'Close the load', 'Record', 'Succeed']),
    );
    expect(await store.list('locks/')).toEqual([]);
  });

  test.each([
    [
      'an unknown table',
      { source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['public.nobody'] } },
      'public.nobody',
    ],
    ['a connection that is not set', { target: { engine: 'postgres', connection: 'env:ELSEWHERE' } }, 'ELSEWHERE'],
    ['a field nobody knows', { faster: true }, 'faster'],
  ])('%s ends with one message that names it, and nothing is left', async (_what, fields, named) => {
    const end = await runLoad({ request: request(fields), services });
    expect(end).toMatchObject({
      known: 'failure',
      failure: { error: 'RequestError', cause: expect.stringContaining(named) },
    });
    expect([...documents.keys()].filter((path) => !path.endsWith('/result.json'))).toEqual([]);
    expect(await tablesIn(target)).toEqual(['person', 'team']);
  });

  test('that is aborted is torn down, and can be run again', async () => {
    const controller = new AbortController();
    const onEvent = ({ state, what }: MachineEvent) => {
      if (state === 'Advance' && what === 'entered') controller.abort(new Error('Interrupted by SIGINT.'));
    };
    const end = await runLoad({ request: request(), services, signal: controller.signal, onEvent });
    expect(end).toMatchObject({
      known: 'result',
      result: {
        status: 'FAILED',
        tearDown: 'complete',
        failure: { error: 'ExecutionAborted', cause: 'Interrupted by SIGINT.' },
      },
    });
    expect(await rowsIn(target)).toBe(0);
    expect(await tablesIn(target)).toEqual(['person', 'team']);
    expect(await foreignKeysIn(target)).toHaveLength(1);
    expect(await runLoad({ request: request(), services })).toMatchObject({
      known: 'result',
      result: { attempt: 2, status: 'SUCCEEDED' },
    });
  });

  test('whose rows the target refuses fails with the original message, and the target is as it was found', async () => {
    await target.query(`alter table person add constraint short_names check (length(name) < 8)`);
    const end = await runLoad({ request: request(), services });
    expect(end).toMatchObject({
      known: 'result',
      result: { status: 'FAILED', tearDown: 'complete', failure: { error: 'ShardsFailedError' } },
    });
    expect(resultOf(end).failure?.cause).toContain('short_names');
    expect(await rowsIn(target)).toBe(0);
    expect(await foreignKeysIn(target)).toHaveLength(1);
  });

  test('whose deadline passes while rows are copied stops copying and fails for it', async () => {
    await target.query(`create function slow(int) returns boolean language plpgsql
        as 'begin perform pg_sleep(0.005); return true; end';
      alter table person add constraint slow check (slow(id))`);
    let ahead = 0;
    const now = () => new Date(Date.now() + ahead);
    const onEvent = ({ state, what }: MachineEvent) => {
      // About a second is left of the minute when copying begins, which would take ten.
      if (state === 'Advance' && what === 'entered' && ahead === 0) ahead = 58_000;
    };
    const end = await runLoad({
      request: request({ limits: { deadlineMinutes: 1 }, direct: { chunkRows: 20 } }),
      loadId: 'people',
      services: { ...services, now },
      onEvent,
    });
    expect(resultOf(end).failure).toMatchObject({ error: 'DeadlineError' });
    expect(resultOf(end)).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
    const copied = await new LoadDocuments(store, 'people').read(progressDocument('s1'));
    expect(copied?.tables.find(({ table }) => table === 'public.person')?.rows).toBeLessThan(ROWS);
    expect(await rowsIn(target)).toBe(0);
  });

  test('that keeps its rows goes on where it stopped once the obstacle is gone', async () => {
    await target.query(`alter table person add constraint short_names check (length(name) < 8)`);
    const kept = await runLoad({ request: request({ onFailure: 'keep' }), loadId: 'people', services });
    expect(kept).toMatchObject({ known: 'result', result: { status: 'FAILED', tearDown: 'kept' } });
    await target.query('alter table person drop constraint short_names');
    const end = await runLoad({ request: request({ onFailure: 'keep' }), loadId: 'people', services });
    expect(end).toMatchObject({
      known: 'result',
      result: { attempt: 2, status: 'SUCCEEDED', tearDown: 'complete' },
    });
    expect(await tablesIn(target)).toEqual(['person', 'team']);
  });

  test('that keeps its rows can be torn down by hand', async () => {
    await target.query(`alter table person add constraint short_names check (length(name) < 8)`);
    await runLoad({ request: request({ onFailure: 'keep' }), loadId: 'people', services });
    const end = await tearDownLoad({ loadId: 'people', services });
    expect(resultOf(end)).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
    expect(await tablesIn(target)).toEqual(['person', 'team']);
    expect(await store.list('locks/')).toEqual([]);
  });

  test('that was killed while it tore down is torn down to the end first, and its result stands', async () => {
    const events: string[] = [];
    const killing = Object.assign(Object.create(store) as typeof store, {
      write: async (path: string, document: unknown) => {
        if (path.endsWith(resultDocument.path)) throw new Error('killed');
        await store.write(path, document);
      },
    });
    const broken = await runLoad({ request: request(), loadId: 'people', services: { ...services, store: killing } });
    expect(broken).toMatchObject({ known: 'nothing' });
    expect(await new LoadDocuments(store, 'people').read(stateDocument)).toMatchObject({ status: 'closed' });
    const end = await runLoad({
      request: request(),
      loadId: 'people',
      services,
      onEvent: ({ state }) => events.push(state),
    });
    expect(end).toMatchObject({ known: 'result', result: { attempt: 1, status: 'SUCCEEDED', tearDown: 'complete' } });
    expect(events).not.toContain('Accept');
  });

  test('that was killed while it loaded goes on under the next attempt', async () => {
    const documentsOf = new LoadDocuments(store, 'people');
    const controller = new AbortController();
    const onEvent = ({ state, what }: MachineEvent) => {
      if (state === 'Check shards' && what === 'entered') controller.abort();
    };
    // As after a kill: the state is left open, and tear-down never ran.
    const dead = Object.assign(Object.create(store) as typeof store, {
      write: async (path: string, document: unknown) => {
        if (controller.signal.aborted) throw new Error('killed');
        await store.write(path, document);
      },
    });
    await runLoad({
      request: request(),
      loadId: 'people',
      services: { ...services, store: dead },
      signal: controller.signal,
      onEvent,
    }).catch(() => {});
    expect(await documentsOf.read(stateDocument)).toMatchObject({ status: 'open', attempt: 1 });
    const end = await runLoad({ request: request(), loadId: 'people', services });
    expect(end).toMatchObject({ known: 'result', result: { attempt: 2, status: 'SUCCEEDED' } });
    expect(await rowsIn(target)).toBe(ROWS);
  });
});
