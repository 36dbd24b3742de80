import { expect, test } from '@jest/globals';
import { advance } from '../../../src/load/direct/advance.ts';
import type { Load } from '../../../src/services.ts';
import { shardDocument, verificationDocument } from '../../../src/store/documents.ts';
import {
  plannedLoad,
  provision,
  requestOf,
  settleAndRestore,
  tearDown,
  untilDone,
  verify,
} from '../../support/loads.ts';
import { advanceChunks, cutIntoShards } from './exactness.ts';
import { LITTLE_SECONDS, useTwoDatabases } from './ways-to-copy.ts';

const databases = useTwoDatabases();
const SOME_ROWS = `generate_series(1, 12) g`;

async function onBoth(sql: string): Promise<void> {
  await databases.source.query(sql);
  await databases.target.query(sql);
}

/**
 * Copies chunks of three rows, each in a snapshot of its own, and lets the source move after each: the changes are made
 * one after the other, so the same chunk has always read the same.
 */
async function copyWhileMoving(tables: string[], changes: string[], shards: 'one' | 'several' = 'one'): Promise<Load> {
  const stage = await databases.openStage(LITTLE_SECONDS);
  const load = await plannedLoad(stage.services, requestOf(tables, { direct: { chunkRows: 3 } }));
  expect(load.plan.consistency).toBe('snapshot-per-chunk');
  if (shards === 'several') await cutIntoShards(load, databases.source);
  await provision(load);
  for (const change of changes) {
    for (const shard of load.plan.shards) await advanceChunks(stage, load, shard);
    // An idle session would tell the server's statistics ten seconds later, and verification waits for them.
    await databases.source.query(`${change}; select pg_stat_force_next_flush()`);
  }
  for (const shard of load.plan.shards) {
    await untilDone(() => advance(load, shard, new Date(Date.now() + 600_000)));
  }
  await settleAndRestore(load);
  return load;
}

/** Verified with a note wherever the counts differ, or honestly not. */
async function expectHonestVerdict(load: Load): Promise<void> {
  const verified = await verify(load);
  const tables = await load.documents.need(verificationDocument);
  expect(verified).toBe(tables.every((table) => table.verified));
  for (const { source, target, sourceRows, targetRows, verified: ok, note, mismatches } of tables) {
    const [there] = await databases.source.query<{ n: number }>(`select count(*)::int as n from ${source}`);
    const [here] = await databases.target.query<{ n: number }>(`select count(*)::int as n from ${target}`);
    expect({ source, sourceRows, targetRows }).toEqual({ source, sourceRows: there!.n, targetRows: here!.n });
    if (!ok) expect(mismatches).not.toEqual([]);
    else if (sourceRows !== targetRows) expect(note).toMatch(/the source moved/);
  }
  await tearDown(load, 'succeeded');
}

async function rowsOf(side: 'source' | 'target', table: string): Promise<Record<string, unknown>[]> {
  return databases[side].query(`select * from ${table} order by id`);
}

test.each(['one', 'several'] as const)(
  'a unique value that moves to a row that is read later, in %s shard(s)',
  async (shards) => {
    await onBoth('create table public.users (id int primary key, mail text unique, n int not null)');
    await databases.source.query(`insert into public.users select g, 'mail ' || g, 0 from generate_series(1, 30) g`);
    const load = await copyWhileMoving(
      ['public.users'],
      [
        // From a row that every way has read to one that none has; then round a ring, so that rows read again collide too.
        `update public.users set mail = null where id = 1; update public.users set mail = 'mail 1', n = 1 where id = 29`,
        `update public.users set mail = 'x' || mail where id in (2, 5, 30); update public.users set mail = 'mail 2' where id = 30;
     update public.users set mail = 'mail 5' where id = 2; update public.users set mail = 'mail 30' where id = 5`,
      ],
      shards,
    );
    expect(await rowsOf('target', 'public.users')).toEqual(await rowsOf('source', 'public.users'));
    await expectHonestVerdict(load);
  },
);

test('rows whose parents are inserted later: the references are made whole, valid, and as they were', async () => {
  await onBoth(`
    create table public.a_parents (id int primary key, grand int, v text);
    create table public.b_children (id int primary key, parent int not null references public.a_parents);
    create table public.c_grands (id int primary key);
    alter table public.a_parents add foreign key (grand) references public.c_grands`);
  await databases.source.query(`
    insert into public.c_grands select g from ${SOME_ROWS};
    insert into public.a_parents select g, g, 'v' from ${SOME_ROWS};
    insert into public.b_children select g, g from ${SOME_ROWS}`);
  const load = await copyWhileMoving(
    ['public.*'],
    [
      '',
      '',
      '',
      // The parents are read; their children aren't.
      `insert into public.c_grands values (-1); insert into public.a_parents values (-1, -1, 'late'), (-2, null, 'late');
     insert into public.b_children select 100 + g, -1 - g % 2 from generate_series(1, 5) g`,
      '',
      '',
      `delete from public.b_children where id = 101; update public.b_children set parent = 1 where id = 1`,
    ],
  );
  expect(await rowsOf('target', 'public.a_parents')).toEqual(
    expect.arrayContaining([
      { id: -1, grand: -1, v: 'late' },
      { id: -2, grand: null, v: 'late' },
    ]),
  );
  expect(await rowsOf('target', 'public.c_grands')).toEqual(expect.arrayContaining([{ id: -1 }]));
  const constraints = `select conname, convalidated, pg_get_constraintdef(oid) as d from pg_constraint where contype = 'f' order by 1`;
  expect(await databases.target.query(constraints)).toEqual(await databases.source.query(constraints));
  await expectHonestVerdict(load);
});

test('a reference that broke between two snapshots is made whole, though the invocation that copied the rest left no record', async () => {
  await onBoth(`
    create table public.a_parents (id int primary key, v text);
    create table public.b_children (id int primary key, parent int not null references public.a_parents)`);
  // The bigger table is read first.
  await databases.source.query(
    `insert into public.a_parents select g, repeat('v', 2000) from ${SOME_ROWS};
     insert into public.b_children select g, g from ${SOME_ROWS}; analyze`,
  );
  const stage = await databases.openStage();
  const load = await plannedLoad(
    stage.services,
    requestOf(['public.*'], { direct: { chunkRows: 3 }, limits: { maxSourceConnections: 1 } }),
  );
  expect(load.plan.consistency).toBe('one-snapshot');
  await provision(load);
  const [shard] = load.plan.shards;
  // Every chunk of the parents.
  while ((await databases.target.query('select from public.a_parents')).length < 12)
    await advanceChunks(stage, load, shard!);
  expect(await rowsOf('target', 'public.b_children')).toEqual([]);
  await databases.source.query(
    'insert into public.a_parents values (-1); insert into public.b_children values (13, -1)',
  );
  await advance(load, shard!, new Date(Date.now() + 600_000));
  await load.documents.remove(shardDocument(shard!.id));
  await advance(load, shard!, new Date(Date.now() + 600_000));
  await settleAndRestore(load);
  expect(await rowsOf('target', 'public.a_parents')).toEqual(await rowsOf('source', 'public.a_parents'));
  await expectHonestVerdict(load);
});

test('a child whose parent was deleted with it after the child was read goes too', async () => {
  await onBoth(`
    create table public.a_children (id int primary key, parent int);
    create table public.b_parents (id int primary key);
    alter table public.a_children add foreign key (parent) references public.b_parents`);
  await databases.source.query(
    `insert into public.b_parents select g from ${SOME_ROWS}; insert into public.a_children select g, g from ${SOME_ROWS}`,
  );
  const load = await copyWhileMoving(
    ['public.*'],
    [
      '',
      '',
      '',
      '',
      `delete from public.a_children where id in (1, 2); update public.a_children set parent = null where id = 3; delete from public.b_parents where id <= 3`,
    ],
  );
  expect((await rowsOf('target', 'public.a_children')).slice(0, 2)).toEqual([
    { id: 3, parent: null },
    { id: 4, parent: 4 },
  ]);
  expect(await rowsOf('target', 'public.b_parents')).toEqual(await rowsOf('source', 'public.b_parents'));
  await expectHonestVerdict(load);
});

test.each(['one', 'several'] as const)(
  'updates, deletes, inserts and changed keys, in %s shard(s): what nobody touched is there once',
  async (shards) => {
    await onBoth('create table public.t (id int primary key, v int not null)');
    await databases.source.query(`insert into public.t select g, 0 from generate_series(1, 30) g`);
    const load = await copyWhileMoving(
      ['public.t'],
      [
        'update public.t set v = v + 1 where id in (1, 10, 20, 30)',
        'delete from public.t where id in (2, 12, 28); insert into public.t values (-5, 5), (105, 5)',
        'update public.t set id = id + 1000 where id in (3, 29); update public.t set id = -id where id in (27, 14)',
        'update public.t set v = v + 1 where id in (1, 10, 20, 30); insert into public.t values (2, 7)',
        'delete from public.t where id in (105, 2)',
      ],
      shards,
    );
    const states = new Map<number, number[]>([
      [1, [0, 1, 2]],
      [10, [0, 1, 2]],
      [20, [0, 1, 2]],
      [30, [0, 1, 2]],
      [2, [0, 7]],
      [12, [0]],
      [28, [0]],
      [-5, [5]],
      [105, [5]],
      [3, [0]],
      [29, [0]],
      [1003, [0]],
      [1029, [0]],
      [27, [0]],
      [14, [0]],
      [-27, [0]],
      [-14, [0]],
    ]);
    const rows = (await rowsOf('target', 'public.t')) as { id: number; v: number }[];
    for (const { id, v } of rows) if (states.has(id)) expect(states.get(id)).toContain(v);
    const untouched = ({ id }: { id: number }) => !states.has(id);
    expect(rows.filter(untouched)).toEqual(
      ((await rowsOf('source', 'public.t')) as { id: number; v: number }[]).filter(untouched),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    for (const id of [1, 10, 20, 30]) expect(rows.map((row) => row.id)).toContain(id);
    await expectHonestVerdict(load);
  },
);

test('a value that only the target holds to be unique fails the load with its own message', async () => {
  await databases.source.query(
    `create table public.t (id int primary key, v int); insert into public.t select g, g / 2 from ${SOME_ROWS}`,
  );
  await databases.target.query('create table public.t (id int primary key, v int unique)');
  await expect(copyWhileMoving(['public.t'], [''])).rejects.toThrow(/unique constraint|duplicate key/);
});
