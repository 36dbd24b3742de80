import { afterAll, describe, expect, test } from '@jest/globals';
import { bookkeepingOf } from '../../src/target/bookkeeping.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { restoreTarget } from '../../src/target/restore.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { RECORD_SHOP, RECORD_SHOP_ROWS, RECORD_SHOP_TABLES, TRIGGERS } from './schemas.ts';
import { bookkeepingTables, countRows, finishRanges, fingerprint, setStage } from './stage.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

const PLAYLIST = '"Other ""Schema"""."Play""list"';
const BROKEN_ROW = `insert into shop.album values (8, 'Hejira', 999, null, 1)`;

describe('a failed load that is discarded', () => {
  test('leaves the target as it was found, sequences included', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    await stage.asOwner(`select setval('shop.album_id_seq', 41, true), setval('shop.artist_id_seq', 12, false)`);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner(RECORD_SHOP_ROWS);

    const { answer, tornDown } = await cleanTarget(load, { outcome: 'failed' });
    expect(answer).toEqual({ status: 'done' });
    expect(tornDown.filter(({ type }) => type === 'rows')).toEqual(
      RECORD_SHOP_TABLES.map((id) => ({ type: 'rows', id, status: 'deleted' })),
    );
    for (const table of RECORD_SHOP_TABLES) expect(await countRows(stage.database, table)).toBe(0);
    expect(await fingerprint(stage.database)).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('leaves it so also when everything had been restored before verification failed', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner(RECORD_SHOP_ROWS);
    await restoreTarget(load);

    await cleanTarget(load, { outcome: 'failed' });
    for (const table of RECORD_SHOP_TABLES) expect(await countRows(stage.database, table)).toBe(0);
    expect(await fingerprint(stage.database)).toEqual(before);
  });

  test('fires no trigger when its rows are removed', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(TRIGGERS);
    const before = await fingerprint(stage.database);
    const load = await stage.load(['public.person']);
    await prepareTarget(load);
    await stage.asOwner(`insert into public.person values (1, 'Ada')`);
    await restoreTarget(load);

    await cleanTarget(load, { outcome: 'failed' });
    expect(await countRows(stage.database, 'public.person')).toBe(0);
    expect(await countRows(stage.database, 'public.fired')).toBe(0);
    expect(await fingerprint(stage.database)).toEqual(before);
  });

  test('leaves the rows of an upsert, which stand among others', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`create table public.person (id int primary key); insert into public.person values (1)`);
    const load = await stage.load(['public.person'], { ifNotEmpty: 'upsert' });
    await prepareTarget(load);
    await stage.asOwner('insert into public.person values (2)');

    const { tornDown } = await cleanTarget(load, { outcome: 'failed' });
    expect(tornDown.some(({ type }) => type === 'rows')).toBe(false);
    expect(await countRows(stage.database, 'public.person')).toBe(2);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('leaves the rows that an upsert of an earlier attempt stood among, whatever the next attempt asks for', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`create table public.person (id int primary key); insert into public.person values (1)`);
    await prepareTarget(await stage.load(['public.person'], { ifNotEmpty: 'upsert' }));
    const second = await stage.load(['public.person'], { attempt: 2, ifNotEmpty: 'truncate' });
    await prepareTarget(second);
    await cleanTarget(second, { outcome: 'failed' });
    expect(await countRows(stage.database, 'public.person')).toBe(1);
  });

  test('that never got as far as to prepare the target is none of its business', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(`create table public.person (id int primary key); insert into public.person values (1)`);
    const load = await stage.load(['public.person'], { ifNotEmpty: 'truncate' });
    expect(await cleanTarget(load, { outcome: 'failed' })).toEqual({ answer: { status: 'done' }, tornDown: [] });
    expect(await countRows(stage.database, 'public.person')).toBe(1);
  });

  test('cannot bring back a foreign key from a table outside whose rows now refer to nothing: it says so, and keeps the record', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    await stage.asOwner(RECORD_SHOP_ROWS.split('\n').toReversed().join('\n').replace(`'Joni', 7`, `'Joni', null`));
    await stage.asOwner(`insert into ${PLAYLIST} values (1, 11, 'refers to a row that is truncated')`);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES, { ifNotEmpty: 'truncate' });
    await prepareTarget(load);
    expect(await countRows(stage.database, PLAYLIST)).toBe(1);

    const { tornDown } = await cleanTarget(load, { outcome: 'failed' });
    expect(tornDown.filter(({ status }) => status === 'failed')).toEqual([
      {
        type: 'foreign-key',
        id: `from_outside on ${PLAYLIST}`,
        status: 'failed',
        detail: expect.stringMatching(
          /^there but NOT VALID: insert or update on table .* violates foreign key constraint "from_outside".*to bring it back: alter table/,
        ),
      },
    ]);
    expect(await bookkeepingTables(stage.database)).toHaveLength(5);

    await stage.asOwner(`delete from ${PLAYLIST}`);
    const again = await cleanTarget(load, { outcome: 'failed' });
    expect(again.tornDown[0]).toEqual({ type: 'foreign-key', id: `from_outside on ${PLAYLIST}`, status: 'restored' });
    expect(await fingerprint(stage.database)).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });

  test('empties the tables once: rows that came after it are not removed by a repeated call', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    // What keeps the bookkeeping there for a second call.
    await stage.asOwner(`insert into ${PLAYLIST} values (1, 11, 'refers to nothing')`);
    await cleanTarget(load, { outcome: 'failed' });
    await stage.asOwner('insert into shop.artist values (1, null, null)');

    await cleanTarget(load, { outcome: 'failed' });
    expect(await countRows(stage.database, 'shop.artist')).toBe(1);
  });

  test('begins anew when it is tried again, since the checkpoints speak of rows that are gone', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const first = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(first);
    await stage.asOwner(`insert into ${PLAYLIST} values (1, 11, 'refers to nothing')`);
    await finishRanges(stage.database, first);
    await cleanTarget(first, { outcome: 'failed' });

    const second = await stage.load(RECORD_SHOP_TABLES, { attempt: 2 });
    await prepareTarget(second);
    expect(
      await stage.database.query(`select distinct done, rows_written from ${bookkeepingOf(second).ranges}`),
    ).toEqual([{ done: false, rows_written: '0' }]);
  });
});

describe('a failed load that is kept', () => {
  test('keeps rows and bookkeeping, brings back what holds, and says what does not', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES, { onFailure: 'keep' });
    await prepareTarget(load);
    await stage.asOwner(RECORD_SHOP_ROWS);
    await stage.asOwner(BROKEN_ROW);

    const { answer, tornDown } = await cleanTarget(load, { outcome: 'failed' });
    expect(answer).toEqual({ status: 'done' });
    expect(tornDown.filter(({ status }) => status === 'restored')).toHaveLength(6);
    expect(tornDown.filter(({ status }) => status === 'kept').map(({ type, id }) => `${type} ${id}`)).toEqual([
      'foreign-key artist_fk on shop.album',
      ...RECORD_SHOP_TABLES.map((table) => `rows ${table}`),
      ...Object.values(bookkeepingOf(load)).map((table) => `table ${table}`),
    ]);
    expect(tornDown.find(({ id }) => id.startsWith('artist_fk'))?.detail).toMatch(
      /^there but NOT VALID: insert or update .* a next attempt drops it again/,
    );
    expect(await countRows(stage.database, 'shop.album')).toBe(2);
  });

  test('is discarded later like any other', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES, { onFailure: 'keep' });
    await prepareTarget(load);
    await stage.asOwner(RECORD_SHOP_ROWS);
    await stage.asOwner(BROKEN_ROW);
    await cleanTarget(load, { outcome: 'failed' });

    const swept = { ...load, request: { ...load.request, onFailure: 'discard' as const } };
    await cleanTarget(swept, { outcome: 'failed' });
    expect(await fingerprint(stage.database)).toEqual(before);
    expect(await bookkeepingTables(stage.database)).toEqual([]);
  });
});

test('a load that succeeded keeps its rows, and cleaning again finds nothing to do', async () => {
  const stage = await setStage(databases);
  await stage.asOwner(RECORD_SHOP);
  const load = await stage.load(RECORD_SHOP_TABLES);
  await prepareTarget(load);
  await stage.asOwner(RECORD_SHOP_ROWS);
  await restoreTarget(load);
  await cleanTarget(load, { outcome: 'succeeded' });
  expect(await cleanTarget(load, { outcome: 'succeeded' })).toEqual({ answer: { status: 'done' }, tornDown: [] });
  expect(await countRows(stage.database, 'shop.album')).toBe(1);
});
