import { describe, expect, test } from '@jest/globals';
import { escapeLiteral } from 'pg';
import { plannedLoad, provision, requestOf } from '../../support/loads.ts';
import { advanceChunks, expectSameRows } from './exactness.ts';
import { finishLoad, useTwoDatabases, waysToCopy } from './ways-to-copy.ts';

const databases = useTwoDatabases();
const WAYS = waysToCopy(databases);

const PREPARED = `
  create extension citext;
  create collation public.blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
  create type public.mood as enum ('z', 'a', 'M', '');
  create type public.pair as (a int, b text);
  create domain public.code as varchar(5) collate "C";`;

const TEXTS = [
  '',
  ' ',
  'a',
  'A',
  'b',
  'B',
  'ä',
  'Ä',
  'z',
  'Z',
  'é',
  'e\u0301',
  'ß',
  'ss',
  '10',
  '9',
  '_',
  '-',
  'a b',
  'a-b',
  'ab',
  "it's",
  '"',
  '\\',
  '\n',
  'NULL',
  '$1',
  '😀',
  'œ',
];

/** Table, type of its key, values. */
const KEYS: [string, string, string[]][] = [
  ['text_of_a_language', 'text collate "en-x-icu"', TEXTS],
  ['text_by_bytes', 'text collate "C"', TEXTS],
  ['text_by_default', 'text', TEXTS],
  ['text_blind_to_accents', 'text collate public.blind', ['a', 'B', 'é', 'z', 'Ö', '1', '', 'ß']],
  ['text_of_domain', 'public.code', ['a', 'B', 'b', '', ' ', 'ab', 'é']],
  ['text_padded', 'char(3)', ['a', 'B', '', 'ab ', 'é', 'abc', '"']],
  ['names', 'name', ['a', 'B', 'b', '', 'é']],
  ['one_byte', '"char"', ['a', 'B', '', ' ', '\\200', '\\377', "'"]],
  ['smallints', 'int2', ['-32768', '-1', '0', '1', '2', '32767']],
  ['integers', 'int4', ['-2147483648', '-2', '-1', '0', '1', '2147483646', '2147483647']],
  ['bigints', 'int8', ['-9223372036854775808', '-9007199254740993', '0', '9007199254740993', '9223372036854775807']],
  [
    'numerics',
    'numeric',
    ['NaN', '-Infinity', 'Infinity', '-1.10', '0.000', '1.10', '1e-20', '1e40', '123456789012345678901234567890.5'],
  ],
  ['doubles', 'float8', ['NaN', '-Infinity', 'Infinity', '-0', '5e-324', '0.1', '0.30000000000000004', '1e308']],
  ['reals', 'float4', ['NaN', '-Infinity', '-0', '1e-45', '0.1', '16777216']],
  [
    'uuids',
    'uuid',
    [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '018f0d6e-7b1a-7c3d-9e4f-0123456789ab',
      '7fffffff-0000-0000-0000-000000000000',
      '80000000-0000-0000-0000-000000000000',
    ],
  ],
  [
    'moments',
    'timestamptz',
    [
      '-infinity',
      'infinity',
      '2024-10-27 02:30+02',
      '2024-10-27 02:30+01',
      '0044-03-15 12:00 BC',
      '2024-01-01 00:00:00.000001+05:30',
      'epoch',
    ],
  ],
  ['dates', 'date', ['-infinity', 'infinity', '0001-01-01', '0044-03-15 BC', '2024-02-29', '5874897-12-31']],
  ['times', 'timetz', ['24:00:00+00', '00:00:00+15', '12:00:00-05', '12:00:00.000001-05', '00:00:00-15']],
  ['intervals', 'interval', ['1 mon', '29 days', '31 days', '-1 year', '0', '720:00:00.000001']],
  ['booleans', 'boolean', ['true', 'false']],
  ['enums', 'public.mood', ['z', 'a', 'M', '']],
  ['bytes', 'bytea', ['', '\\x00', '\\x0000', '\\x5c', '\\xff', '\\x27']],
  ['bits', 'varbit', ['', '0', '00', '1', '101']],
  ['addresses', 'inet', ['10.0.0.1/8', '10.0.0.1', '10.0.0.0/8', '::1', '0.0.0.0/0']],
  ['objects', 'oid', ['0', '1', '2147483648', '4294967295']],
  ['arrays', 'text[]', ['{}', '{NULL}', '{a,NULL}', '[0:1]={a,b}', '{"a\\"b",""}', '{{a},{b}}']],
  ['composites', 'public.pair', ['(1,a)', '(1,)', '(,)', '(2,"a,b")', '(1,"")', '(-1,"\\"")']],
  ['ranges', 'numrange', ['empty', '(,)', '[1.0,2)', '(1.0,2)', '[1.0,2]', '[3,)']],
  ['documents', 'jsonb', ['null', '{}', '[]', '"a"', '1', `{"a": "it's"}`, 'true']],
  ['objects_by_name', 'regclass', ['public.r1', 'public.r2', 'public.r3', 'pg_class', '-']],
  ['wal', 'pg_lsn', ['0/0', 'F/0', '0/FFFFFFFF', 'FFFFFFFF/FFFFFFFF', '10/0']],
];

describe.each(WAYS)('%s', (_, copy) => {
  test('a key of any type is copied to the last row, at the ends of its order too', async () => {
    const { source, target } = databases;
    for (const database of [source, target]) {
      await database.query(PREPARED);
      for (const number of database === source ? [1, 2, 3] : [3, 2, 1])
        await database.query(`create sequence public.r${number}`);
      for (const [table, type] of KEYS)
        await database.query(`create table public.${table} (k ${type} primary key, n int)`);
    }
    for (const [table, , values] of KEYS) {
      const rows = values.map((value, index) => `(${escapeLiteral(value)}, ${index})`);
      await source.query(`insert into public.${table} values ${rows.join(', ')}`);
    }
    const load = await copy(['public.*']);
    expect(load.plan.tables.filter(({ key }) => !key)).toEqual([]);
    await finishLoad(load);
    for (const [table] of KEYS) expect(await expectSameRows(source, target, `public.${table}`)).toBeGreaterThan(1);
  });

  test('a key of several columns of mixed types', async () => {
    const { source, target } = databases;
    for (const database of [source, target]) {
      await database.query(`${PREPARED}
        create table public.mixed (a text collate "de-x-icu", b uuid, c timestamptz, d numeric, e public.mood, f bytea, v text, primary key (c, a, e, d, f, b))`);
    }
    await source.query(`insert into public.mixed
      select a, md5(a || d)::uuid, c, d, e, f, concat_ws('|', a, c, d, e, f)
        from unnest(array['ä', 'a', 'Z', '']) a, unnest(array['-infinity', '2024-10-27 02:30+02', '2024-10-27 02:30+01']::timestamptz[]) c,
             unnest(array['NaN', -1.50, 0]::numeric[]) d, unnest(enum_range(null::public.mood)) e, unnest(array['', '\\x00']::bytea[]) f
       where hashtext(a || c || d || e || f::text) % 3 = 0`);
    await finishLoad(await copy(['public.mixed'], { direct: { chunkRows: 7 } }));
    expect(await expectSameRows(source, target, 'public.mixed')).toBeGreaterThan(60);
  });

  test('names of every kind', async () => {
    const { source, target } = databases;
    const long = 'l'.repeat(63);
    const names = [
      'Order',
      'a.b',
      'a"b',
      '$x',
      long,
      'CAPITALS',
      'with space',
      'select',
      "it's",
      '%',
      '*',
      'é',
      '\\',
      '1st',
    ];
    const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;
    for (const database of [source, target]) {
      for (const name of names) {
        await database.query(`create schema ${quote(name)};
          create table ${quote(name)}.${quote(name)} (${quote(name)} int primary key, "${'o'.repeat(63)}" text, "user" text);`);
      }
    }
    for (const name of names) {
      await source.query(
        `insert into ${quote(name)}.${quote(name)} select g, 'v' || g, null from generate_series(-3, 3) g`,
      );
    }
    await finishLoad(await copy(names.map((name) => `${quote(name)}.*`)));
    for (const name of names) expect(await expectSameRows(source, target, `${quote(name)}.${quote(name)}`)).toBe(7);
  });
});

test("a key whose order is an extension's is no key: the table is copied in one go", async () => {
  const { source, target } = databases;
  const create = `create extension citext; create table public.mails (mail citext collate "C" primary key, n int)`;
  await source.query(
    `${create}; insert into public.mails values ('a', 1), ('B', 2), ('c', 3), ('D', 4), ('_', 5), ('', 6), ('Z', 7), ('é', 8)`,
  );
  await target.query(create);
  const load = await WAYS[0]![1](['public.mails']);
  expect(load.plan.tables[0]!.key).toBeUndefined();
  await finishLoad(load);
  expect(await expectSameRows(source, target, 'public.mails')).toBe(8);
});

test('a chunk holds the next rows in the order of the key, not of its text', async () => {
  const { source, target, openStage } = databases;
  for (const database of [source, target]) await database.query('create table public.numbered (id int primary key)');
  await source.query('insert into public.numbered select generate_series(-20, 120, 10)');
  const stage = await openStage();
  const load = await plannedLoad(stage.services, requestOf(['public.numbered'], { direct: { chunkRows: 3 } }));
  await provision(load);
  await advanceChunks(stage, load, load.plan.shards[0]!);
  expect(await target.query('select id from public.numbered order by id')).toEqual([
    { id: -20 },
    { id: -10 },
    { id: 0 },
  ]);
});
