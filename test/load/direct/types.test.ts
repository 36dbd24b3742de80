import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RequestError } from '../../../src/errors.ts';
import { losslessly, makeTablesOfEveryType, storableTypes, tableOf } from '../../support/every-type.ts';
import { loadAll, plannedLoad, requestOf, setLoadStage, type LoadStage } from '../../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;

beforeEach(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  stage = await setLoadStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(() => databases.dropAll());

const CHUNKS = { direct: { chunkRows: 2 } };

describe('every type that this server has', () => {
  test('arrives exactly: alone, and in arrays with NULLs, other lower bounds and two dimensions', async () => {
    const types = await makeTablesOfEveryType(source, target);
    const load = await plannedLoad(
      stage.services,
      requestOf(['public.*'], { ...CHUNKS, limits: { maxSourceConnections: 1 } }),
    );
    expect(await loadAll(load)).toBe(true);
    for (const type of types) expect(await losslessly(target, type)).toEqual(await losslessly(source, type));
  });

  test('goes by text exactly where the binary form is missing or means something in one database only', async () => {
    const types = await storableTypes(source);
    for (const { name, quoted } of types) {
      const create = `create table public.${tableOf(name)} (id int primary key, v ${quoted}[])`;
      await target.query(create);
      await source.query(create);
    }
    const { plan } = await plannedLoad(stage.services, requestOf(['public.*']));
    const byText = plan.tables.filter(({ format }) => format === 'text').map(({ source: table }) => table);
    const expected = types
      .filter(({ name, send }) => send === '-' || /^(reg.*|int2vector|oidvector|tsquery|xml)$/.test(name))
      .map(({ name }) => `public.${tableOf(name)}`);
    expect(byText.toSorted()).toEqual(expected.toSorted());
    expect(byText).toContain('public.t_aclitem');
  });
});

test('modifiers of types are kept, and what they cut or fill arrives as it is', async () => {
  const create = `create table public.modified (
    id int primary key, a varchar(5), b char(5), c numeric(1000, 500), d numeric(3, -2), e numeric(3, 5), f timestamp(0),
    g timestamptz(3), h time(1), i interval day to second(2), j bit(3), k bit varying(4), l interval year to month,
    m numeric(5, 2)[], n char(3)[], o varchar)`;
  await source.query(create);
  await target.query(create);
  await source.query(`insert into public.modified values
    (1, 'abc  ', 'ab', '1.10', 12345, 0.00123, '2024-02-29 23:59:59.6', '2024-02-29 23:59:59.9996+05:30', '23:59:59.96',
     '1 day 02:03:04.567', '101', '10', '3 years 2 mons', '{1.50,NULL,-0.01}', '{a,NULL,"  b"}', ''),
    (2, '', '', 'NaN', 'NaN', 'NaN', 'infinity', '-infinity', '24:00:00', 'infinity', '000', '', '-1 mon', '{}', '{}', 'NULL')`);
  await expectSameRows('public.modified');
});

test('strings that look like something else stay what they are', async () => {
  const strings = [
    '',
    'NULL',
    'null',
    '\\N',
    '\\.',
    '\\',
    '\\\\',
    '\n',
    '\r\n',
    '\t',
    '\\.\n',
    'a\nb\\.\n\\.',
    ' ',
    '  x  ',
    '"',
    "'",
    "''",
    '{}',
    '(,)',
    '\u0001\u0002\u007f',
    'é',
    'e\u0301',
    '\u{1F600}',
    '\u200b',
    '\ufeff',
    '\uffff',
    ',',
    '%',
    '$1',
    '\\x41',
    '\b\f\v',
  ];
  // As text (a cast makes it so), and in binary.
  await source.query('create table public.strings (id int primary key, binary_form text, text_form varchar(10))');
  await target.query('create table public.strings (id int primary key, binary_form text, text_form varchar(10))');
  await source.query('create table public.by_text (id int primary key, v text, n int)');
  await target.query('create table public.by_text (id bigint primary key, v text, n bigint)');
  await source.query('insert into public.strings (id) values (-1)');
  for (const [index, value] of strings.entries()) {
    await source.query('insert into public.strings values ($1, $2::text, $2::text)', [index, value]);
    await source.query('insert into public.by_text values ($1, $2, null)', [index, value]);
  }
  const load = await plannedLoad(stage.services, requestOf(['public.strings', 'public.by_text'], CHUNKS));
  expect(load.plan.tables.map(({ format }) => format)).toEqual(['binary', 'text']);
  expect(await loadAll(load)).toBe(true);
  for (const query of [
    'select id, binary_form, text_form, octet_length(binary_form) from public.strings order by id',
    'select id::text, v, octet_length(v), n::text from public.by_text order by by_text.id',
  ]) {
    const rows = await target.query(query);
    expect(rows).toEqual(await source.query(query));
    expect(rows.length).toBeGreaterThanOrEqual(strings.length);
  }
});

describe('types that a user made', () => {
  const TYPES = [
    `create type public.mood as enum ('sad', 'it''s ok', 'NULL', '', '{"')`,
    `create type public.pair as (a int, m public.mood, n numeric(5, 2), "x y" text[])`,
    `create type public.nest as (p public.pair, ps public.pair[])`,
    `create domain public.posint as int check (value > 0)`,
    `create domain public.moods as public.mood[]`,
    `create domain public.pairs as public.pair`,
    `create type public.floats as range (subtype = float8, subtype_diff = float8mi, multirange_type_name = many_floats)`,
    `create type public.words as range (subtype = text, collation = "C")`,
    `create type public.moodr as range (subtype = public.mood)`,
  ];
  const TABLE = `create table public.made (
    id int primary key, a public.mood, b public.mood[], c public.pair, d public.pair[], e public.nest, f public.posint,
    g public.posint[], h public.moods, i public.pairs, j public.pairs[], k public.floats, l public.floats[],
    m public.many_floats, n public.words, o public.moodr, p public.nest[])`;
  const ROWS = `insert into public.made values
    (1, 'sad', '[0:1]={NULL,"it''s ok"}', row(1, 'NULL', 1.50, array['a', null, '']), array[row(null, null, null, null), null]::public.pair[],
     row(row(2, '{"', -1, '{}'), array[row(3, 'sad', 0, '[5:5]={x}')]::public.pair[]), 7, '{1,NULL,2147483647}',
     '{{sad},{"NULL"}}', row(1, 'sad', 2, null), array[row(1, 'sad', 2, null)]::public.pairs[], '[-Infinity,-0)', '{"(,)",empty,NULL}',
     '{[1,2),(3,4]}', '["A",a)', '[sad,"{\\"")', array[row(null, null)]::public.nest[]),
    (2, '', '{}', null, '{}', null, null, null, null, null, null, 'empty', '{}', '{}', '("",)', null, null),
    (3, null, null, row(null, null, null, null), null, row(null, null), 1, '{}', '{}', row(null, null, null, null), '{}', '(,)', null, '{(,)}', null, null, '{}')`;

  test('arrive exactly although their numbers differ between the databases', async () => {
    await source.query(TYPES.join(';'));
    await target.query(
      `create type public.in_between as enum ('x'); create type public.and_this as (a public.in_between)`,
    );
    await target.query(
      [TYPES[0], TYPES[8], TYPES[3], TYPES[1], TYPES[5], TYPES[7], TYPES[4], TYPES[2], TYPES[6]].join(';'),
    );
    await source.query(`${TABLE}; ${ROWS}`);
    await target.query(TABLE);
    const numbers = `select oid from pg_type where typnamespace = 'public'::regnamespace order by typname`;
    expect(await target.query(numbers)).not.toEqual(await source.query(numbers));
    await expectSameRows('public.made');
  });

  test('of extensions arrive exactly, also in another schema of the target', async () => {
    await source.query(
      'create extension hstore; create extension citext; create extension ltree; create extension cube; create extension isn',
    );
    await target.query(`create schema tools; create extension cube schema tools; create extension isn schema tools;
      create extension ltree schema tools; create extension citext schema tools; create extension hstore schema tools`);
    const create =
      'create table public.extended (id int primary key, a hstore, b hstore[], c citext, d citext[], e ltree, f lquery, g cube, h isbn13)';
    await source.query(`${create}; insert into public.extended values
      (1, '"a b"=>NULL, b=>"", "c=>"=>"\\"x\\""', array['a=>1'::hstore, null], 'ÀbC', '[2:3]={a,NULL}', 'a.b.c', '*.a{1,2}', '(1,-0),(NaN,3)', '978-0-393-04002-9'),
      (2, '', '{}', '', '{}', '', '*', '()', null), (3, null, null, null, null, null, null, null, null)`);
    await target.query(`set search_path to public, tools; ${create}; reset search_path`);
    await expectSameRows('public.extended');
  });

  test.each([
    ['an enum with other labels', `create type public.t as enum ('a', 'b')`, `create type public.t as enum ('a', 'c')`],
    [
      'an enum whose labels are in another order',
      `create type public.t as enum ('a', 'b')`,
      `create type public.t as enum ('b', 'a')`,
    ],
    [
      'a composite with another field',
      'create type public.t as (a int, b text)',
      'create type public.t as (a int, b varchar)',
    ],
    [
      'a composite with its fields in another order',
      'create type public.t as (a int, b int)',
      'create type public.t as (b int, a int)',
    ],
    [
      'a range over another type',
      'create type public.t as range (subtype = float8)',
      'create type public.t as range (subtype = float4)',
    ],
    [
      'a range in another order',
      'create type public.t as range (subtype = text, collation = "C")',
      'create type public.t as range (subtype = text, collation = "en-x-icu")',
    ],
    ['a domain over another type', 'create domain public.t as int', 'create domain public.t as date'],
  ])('that differ are refused before anything is created: %s', async (_, there, here) => {
    await source.query(`${there}; create table public.made (id int primary key, v public.t, vs public.t[])`);
    await target.query(`${here}; create table public.made (id int primary key, v public.t, vs public.t[])`);
    await expect(plannedLoad(stage.services, requestOf(['public.made']))).rejects.toThrow(RequestError);
    await expect(
      plannedLoad(stage.services, requestOf([{ name: 'public.made', columns: ['id', 'vs'] }])),
    ).rejects.toThrow(/column vs of public\.made/);
    expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  });
});

/** Loads one table and compares it column by column, as text and with the types' names. */
async function expectSameRows(table: string): Promise<void> {
  const load = await plannedLoad(stage.services, requestOf([table], CHUNKS));
  expect(await loadAll(load)).toBe(true);
  const columns = await source.query<{ name: string }>(
    'select quote_ident(attname) as name from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum',
    [table],
  );
  const list = columns.map(({ name }) => `${name}::text`).join(', ');
  const query = `select array[${list}] as row from ${table} order by id`;
  const rows = await target.query(query);
  expect(rows).toEqual(await source.query(query));
  expect(rows.length).toBeGreaterThan(0);
}
