import { afterAll, describe, expect, test } from '@jest/globals';
import { cleanTarget } from '../../src/target/clean.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { restoreTarget } from '../../src/target/restore.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { PARTITIONED, RECORD_SHOP, RECORD_SHOP_ROWS, RECORD_SHOP_TABLES, TRIGGERS } from './schemas.ts';
import { bookkeepingTables, countRows, fingerprint, setStage } from './stage.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

const withoutSequences = (lines: Record<string, unknown>[]) => lines.filter(({ kind }) => kind !== 'sequence');

describe('a target goes through a load and is as before', () => {
  test('foreign keys in a cycle, to the table itself, from outside and not valid come back byte for byte', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES);

    expect(await prepareTarget(load)).toEqual({ status: 'done' });
    const prepared = await fingerprint(stage.database);
    expect(prepared.filter(({ text }) => String(text).startsWith('FOREIGN KEY'))).toEqual([]);
    await stage.asOwner(RECORD_SHOP_ROWS);

    const { answer, restored } = await restoreTarget(load);
    expect(answer).toEqual({ status: 'done' });
    expect(restored.filter(({ type }) => type === 'foreign-key').map(({ id }) => id)).toEqual([
      'from_outside on "Other ""Schema"""."Play""list"',
      'both on shop."Track.Lines"',
      'self on shop."Track.Lines"',
      'album_genre_id_fkey on shop.album',
      'artist_fk on shop.album',
      'second Artist on shop.album',
      'best_fk on shop.artist',
    ]);
    const after = (await cleanTarget(load, { outcome: 'succeeded' })).tornDown;
    expect(after.map(({ type, status }) => `${type} ${status}`)).toEqual(
      Array.from({ length: 5 }, () => 'table deleted'),
    );
    expect(await bookkeepingTables(stage.database)).toEqual([]);
    expect(withoutSequences(await fingerprint(stage.database))).toEqual(withoutSequences(before));
  });

  test('triggers and rules in all their states stay quiet and come back in the state they were in', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(TRIGGERS);
    await stage.asOwner(`insert into public.person values (0, 'old')`);
    await stage.asOwner('truncate public.fired, public.person_log');
    const before = await fingerprint(stage.database);
    const load = await stage.load(['public.person'], { ifNotEmpty: 'truncate' });

    await prepareTarget(load);
    await stage.asOwner(`insert into public.person values (1, 'Ada')`);
    expect(await countRows(stage.database, 'public.fired')).toBe(0);
    expect(await countRows(stage.database, 'public.person_log')).toBe(0);

    await restoreTarget(load);
    await stage.asOwner(`insert into public.person values (2, 'Bo')`);
    expect(await stage.database.query('select name from public.fired order by 1')).toEqual([
      { name: 'Origin' },
      { name: 'always' },
      { name: 'checked' },
    ]);
    await cleanTarget(load, { outcome: 'succeeded' });
    expect(await fingerprint(stage.database)).toEqual(before);
  });

  test("partitions' triggers keep their own states, and of foreign keys only the whole table's are touched", async () => {
    const stage = await setStage(databases);
    await stage.asOwner(PARTITIONED);
    await stage.asOwner('insert into public.region values (1), (2)');
    const before = await fingerprint(stage.database);
    const load = await stage.load(['public.sale']);

    await prepareTarget(load);
    await stage.asOwner(`insert into public.sale overriding system value
      values (5, '2025-05-05', 1), (6, '2026-05-05', 1), (9, '2026-05-05', 2)`);
    expect(await countRows(stage.database, 'public.fired')).toBe(0);

    const { restored } = await restoreTarget(load);
    expect(restored.map(({ type, id }) => `${type} ${id}`)).toEqual([
      'foreign-key sale_fk on public.refund',
      'foreign-key region_fk on public.sale',
      'foreign-key leaf_fk on public.old_sale',
      'trigger sold on public.sale',
      'trigger sold on public.sale_2026',
      'trigger sold on public.sale_2026_1',
      'trigger sold on public.sale_2026_x',
      'sequence public.sale_id_seq',
    ]);
    await cleanTarget(load, { outcome: 'succeeded' });
    expect(withoutSequences(await fingerprint(stage.database))).toEqual(withoutSequences(before));
  });

  test('a table that is itself a partition takes the foreign key of the whole off, and brings it back', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(PARTITIONED);
    const before = await fingerprint(stage.database);
    const load = await stage.load(['public.sale_2026_1']);

    await prepareTarget(load);
    await stage.asOwner(`insert into public.sale_2026_1 overriding system value values (5, '2026-05-05', 1)`);
    await stage.asOwner('insert into public.region values (1)');
    const { restored } = await restoreTarget(load);
    expect(restored.at(-1)).toEqual({
      type: 'sequence',
      id: 'public.sale_id_seq',
      status: 'restored',
      detail: 'goes on after 5',
    });
    await cleanTarget(load, { outcome: 'succeeded' });
    expect(withoutSequences(await fingerprint(stage.database))).toEqual(withoutSequences(before));
  });

  test('restoring again changes nothing, and says that nothing was left to restore', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner(RECORD_SHOP_ROWS);
    await restoreTarget(load);
    const restored = await fingerprint(stage.database);

    expect(await restoreTarget(load)).toEqual({ answer: { status: 'done' }, restored: [] });
    expect(await fingerprint(stage.database)).toEqual(restored);
  });

  test('a trigger that somebody removed meanwhile is no reason to fail', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(TRIGGERS);
    const load = await stage.load(['public.person']);
    await prepareTarget(load);
    await stage.asOwner('drop trigger always on public.person');

    const { restored } = await restoreTarget(load);
    expect(restored).toContainEqual({
      type: 'trigger',
      id: 'always on public.person',
      status: 'restored',
      detail: 'There is no such trigger any more.',
    });
  });

  test('a foreign key that somebody brought back by hand is left as it is', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const before = await fingerprint(stage.database);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner(
      'alter table shop.album add constraint artist_fk foreign key (artist_id) references shop.artist on update cascade',
    );
    await restoreTarget(load);
    await cleanTarget(load, { outcome: 'succeeded' });
    expect(await fingerprint(stage.database)).toEqual(before);
  });
});

describe('a foreign key that does not hold any more', () => {
  test("fails the load with the database's own words, and brings all the others back", async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner(`insert into shop.album values (7, 'Blue', 300, null, 1)`);

    await expect(restoreTarget(load)).rejects.toMatchObject({
      name: 'LoadFailedError',
      message: expect.stringMatching(
        /artist_fk on shop\.album is there but NOT VALID: insert or update on table "album" violates foreign key constraint "artist_fk": Key \(artist_id\)=\(300\) is not present in table "artist"\./,
      ),
    });
    const keys = await stage.database.query(
      `select conname as name, convalidated as validated from pg_constraint where contype = 'f' and not convalidated order by 1`,
    );
    expect(keys).toEqual([
      { name: 'artist_fk', validated: false },
      { name: 'second Artist', validated: false },
    ]);
  });

  test('is not mistaken for another one that somebody made under its name', async () => {
    const stage = await setStage(databases);
    await stage.asOwner(RECORD_SHOP);
    const load = await stage.load(RECORD_SHOP_TABLES);
    await prepareTarget(load);
    await stage.asOwner('alter table shop.album add constraint artist_fk foreign key (genre_id) references shop.genre');
    await expect(restoreTarget(load)).rejects.toThrow(/There is another foreign key of this name by now/);
  });
});
