import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../../src/errors.ts';
import { loadAll, plannedLoad, provision, requestOf } from '../../support/loads.ts';
import type { TestDatabase } from '../../support/postgres.ts';
import { expectSameRows } from './exactness.ts';
import { finishLoad, useTwoDatabases, waysToCopy } from './ways-to-copy.ts';

const databases = useTwoDatabases();
const UPSERT = { target: { ifNotEmpty: 'upsert' }, onFailure: 'keep' };

async function onBoth(sql: string): Promise<void> {
  await databases.source.query(sql);
  await databases.target.query(sql);
}

/** Everything that is in the database besides rows. */
async function shapeOf(database: TestDatabase): Promise<unknown> {
  return database.query(
    `select relname as name, relkind::text as what from pg_class where relnamespace = 'public'::regnamespace
     union all select conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`,
  );
}

describe.each(waysToCopy(databases))('upsert, %s', (_, copy) => {
  test('writes over the rows with the same key, adds new ones, keeps the others and the columns that are not loaded', async () => {
    const { source, target } = databases;
    await onBoth(`
      create table public.plain (id int primary key, v text, own text default 'default');
      create table public.pairs (a text, b uuid, v int, primary key (b, a));
      create table public.only_key (id bigint generated always as identity primary key);
      create table public.refers (id int primary key, plain int references public.plain);
      create table public.empty (id int primary key, v text)`);
    await source.query(`
      insert into public.plain select g, 'new ' || g, 'of the source' from generate_series(1, 12) g;
      update public.plain set v = null where id = 4;
      insert into public.pairs select 'A' || g % 3, md5(g::text)::uuid, g from generate_series(1, 12) g;
      insert into public.only_key overriding system value select generate_series(-2, 8);
      insert into public.refers select g, g from generate_series(1, 12) g;
      insert into public.empty values (1, 'x')`);
    await target.query(`
      insert into public.plain select g, 'old ' || g, 'of the target' from generate_series(-3, 30, 3) g;
      insert into public.pairs select 'A' || g % 3, md5(g::text)::uuid, -g from generate_series(6, 18) g;
      insert into public.only_key overriding system value select generate_series(5, 20);
      insert into public.refers values (3, 30), (100, 30), (101, null)`);
    const shape = await shapeOf(target);
    const tables = [
      'public.pairs',
      'public.only_key',
      'public.refers',
      'public.empty',
      { name: 'public.plain', columns: ['id', 'v'] },
    ];
    await finishLoad(await copy(tables, UPSERT));

    expect(await target.query('select id, v, own from public.plain order by id')).toEqual(
      [-3, 0, ...Array.from({ length: 12 }, (__, index) => index + 1), 15, 18, 21, 24, 27, 30].map((id) => ({
        id,
        v: id < 1 || id > 12 ? `old ${id}` : id === 4 ? null : `new ${id}`,
        own: id % 3 === 0 ? 'of the target' : 'default',
      })),
    );
    expect(await target.query('select v from public.pairs order by abs(v)')).toEqual(
      Array.from({ length: 18 }, (__, index) => ({ v: index < 12 ? index + 1 : -index - 1 })),
    );
    expect(await target.query('select min(id)::int, max(id)::int, count(*)::int from public.only_key')).toEqual([
      { min: -2, max: 20, count: 23 },
    ]);
    expect(await target.query('select id, plain from public.refers where id in (3, 100, 101) order by id')).toEqual([
      { id: 3, plain: 3 },
      { id: 100, plain: 30 },
      { id: 101, plain: null },
    ]);
    expect(await shapeOf(target)).toEqual(shape);
    await target.query('insert into public.only_key default values');
    expect(await target.query('select max(id)::int from public.only_key')).toEqual([{ max: 21 }]);
  });
});

describe('upsert is refused where it cannot be right, and nothing is created', () => {
  const KEYED = 'create table public.t (id int primary key, v text)';
  test.each([
    ['a source without a key', 'create table public.t (id int, v text)', KEYED, /public\.t has no key/],
    ['a target without that key', KEYED, 'create table public.t (id int, v text)', /no unique key over id/],
    ['a target with another key', KEYED, 'create table public.t (id int, v text primary key)', /no unique key over id/],
    ['a second unique key in the target', KEYED, `${KEYED.slice(0, -1)}, unique (v))`, /other unique key \(v\)/],
    [
      'a key that is deferrable',
      KEYED,
      'create table public.t (id int primary key deferrable, v text)',
      /t_pkey.*deferrable/,
    ],
    [
      'a unique index over an expression',
      KEYED,
      `${KEYED}; create unique index by_lower on public.t (lower(v))`,
      /by_lower/,
    ],
    ['a partial unique index', KEYED, `${KEYED}; create unique index by_part on public.t (v) where v <> ''`, /by_part/],
    [
      'an exclusion constraint',
      KEYED,
      `${KEYED}; alter table public.t add constraint apart exclude (v with =)`,
      /apart/,
    ],
    [
      'an identity that is always generated',
      KEYED.replace('v text', 'v int'),
      'create table public.t (id int primary key, v int generated always as identity)',
      /v is GENERATED ALWAYS/,
    ],
  ])('%s', async (_, there, here, message) => {
    const { source, target, openStage } = databases;
    await source.query(`${there}; insert into public.t (id) values (1)`);
    await target.query(here);
    const shape = await shapeOf(target);
    const refused = plannedLoad((await openStage()).services, requestOf(['public.t'], UPSERT));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(RequestError);
    expect(await shapeOf(target)).toEqual(shape);
  });
});

describe('a target that holds rows', () => {
  test('is refused by default, and nothing is created', async () => {
    const { source, target, openStage } = databases;
    await onBoth('create table public.a (id int primary key); create table public.b (id int primary key)');
    await source.query('insert into public.a values (1); insert into public.b values (1)');
    await target.query('insert into public.b values (2)');
    const shape = await shapeOf(target);
    await expect(plannedLoad((await openStage()).services, requestOf(['public.*']))).rejects.toThrow(
      /public\.b.*not empty/,
    );
    expect(await shapeOf(target)).toEqual(shape);
    expect(await target.query('select id from public.b')).toEqual([{ id: 2 }]);
  });

  test('is refused too when the rows came after the plan', async () => {
    const { source, target, openStage } = databases;
    await onBoth(
      'create table public.a (id int primary key); create table public.b (id int primary key references public.a)',
    );
    await source.query('insert into public.a values (1)');
    const load = await plannedLoad((await openStage()).services, requestOf(['public.*']));
    await target.query('insert into public.a values (7)');
    const shape = await shapeOf(target);
    await expect(provision(load)).rejects.toThrow(/public\.a.*not empty/);
    expect(await shapeOf(target)).toEqual(shape);
    expect(await target.query('select id from public.a')).toEqual([{ id: 7 }]);
  });

  test('is emptied first when asked, once, with no table that was not named', async () => {
    const { source, target, openStage } = databases;
    await onBoth(
      'create table public.a (id int primary key); create table public.b (id int primary key references public.a); create table public.other (id int references public.a)',
    );
    await source.query(
      'insert into public.a select generate_series(1, 9); insert into public.b select generate_series(1, 9)',
    );
    await target.query(
      'insert into public.a select generate_series(5, 50); insert into public.b values (50); insert into public.other values (7)',
    );
    const load = await plannedLoad(
      (await openStage()).services,
      requestOf(['public.a', 'public.b'], { target: { ifNotEmpty: 'truncate' } }),
    );
    expect(await loadAll(load)).toBe(true);
    await expectSameRows(source, target, 'public.a');
    await expectSameRows(source, target, 'public.b');
    expect(await target.query('select id from public.other')).toEqual([{ id: 7 }]);
  });
});
