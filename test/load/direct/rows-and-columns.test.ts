import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../../src/errors.ts';
import { plannedLoad, requestOf } from '../../support/loads.ts';
import { finishLoad, useTwoDatabases, waysToCopy } from './ways-to-copy.ts';

const databases = useTwoDatabases();

const PEOPLE = `
  create extension citext;
  create table public.people (
    id int primary key, "full name" text, born date, active boolean, salary numeric(10, 2), ssn text, tags text[], doc json, nick citext)`;
const ROWS = `
  insert into public.people
    select g, case when g % 5 = 0 then null when g % 5 = 1 then 'O''Brien' when g % 5 = 2 then '' when g % 5 = 3 then 'NULL' else 'back\\slash' end,
           case when g % 7 = 0 then null when g = 12 then 'infinity' else date '1990-01-01' + g end,
           case when g % 3 = 0 then null else g % 2 = 0 end, case when g = 11 then 'NaN' else g * 1.10 end, 'secret ' || g, array[g::text], '{}', 'Nick'
      from generate_series(-10, 20) g`;

/** Conditions of a request, and the same in SQL. */
const CONDITIONS: [Record<string, unknown>[], string][] = [
  [[{ column: 'full name', is: "O'Brien" }], `"full name" = 'O''Brien'`],
  [[{ column: 'full name', is: null }], '"full name" is null'],
  [[{ column: 'full name', is: 'NULL' }], `"full name" = 'NULL'`],
  [[{ column: 'full name', is: '' }], `"full name" = ''`],
  [[{ column: 'full name', is: 'back\\slash' }], `"full name" = E'back\\\\slash'`],
  [[{ column: 'full name', isNot: "O'Brien" }], `"full name" is null or "full name" <> 'O''Brien'`],
  [[{ column: 'full name', isNot: null }], '"full name" is not null'],
  [[{ column: 'active', is: true }], 'active'],
  [[{ column: 'active', is: false }], 'not active'],
  [[{ column: 'active', isNot: true }], 'active is not true'],
  [[{ column: 'born', atLeast: '1990-01-05' }], `born >= '1990-01-05'`],
  [
    [
      { column: 'salary', atMost: 3.3 },
      { column: 'salary', atLeast: -2.2 },
    ],
    'salary between -2.2 and 3.3',
  ],
  [
    [
      { column: 'id', atLeast: 0 },
      { column: 'full name', isNot: null },
      { column: 'active', is: false },
    ],
    'id >= 0 and "full name" is not null and not active',
  ],
  [[{ column: 'id', is: 999 }], 'false'],
  [[{ column: 'tags', is: '{3}' }], `tags = '{3}'`],
];

describe.each(waysToCopy(databases))('%s', (_, copy) => {
  test('rows by conditions of every kind', async () => {
    const { source, target } = databases;
    for (const database of [source, target]) {
      await database.query(PEOPLE);
      for (const index of CONDITIONS.keys())
        await database.query(`create table public.people_${index} (like public.people including all)`);
    }
    await source.query(ROWS);
    for (const index of CONDITIONS.keys())
      await source.query(`insert into public.people_${index} select * from public.people`);
    const tables = CONDITIONS.map(([where], index) => ({ name: `public.people_${index}`, where }));
    await finishLoad(await copy(tables, { direct: { chunkRows: 8 } }));
    for (const [index, [, sql]] of CONDITIONS.entries()) {
      const rows = (condition: string) =>
        `select p::text as row from public.people_${index} p where ${condition} order by id`;
      expect([sql, await target.query(rows('true'))]).toEqual([sql, await source.query(rows(sql))]);
    }
  });

  test('some columns, renamed and dropped, in another order, with others that have defaults', async () => {
    const { source, target } = databases;
    await source.query(PEOPLE + ';' + ROWS);
    await target.query(`create table public.folk (
      note text default 'new', money numeric(10, 2), "The Name" text, number int primary key, at timestamptz not null default now(), born date)`);
    await finishLoad(
      await copy(
        [
          {
            name: 'public.people',
            columns: ['salary', 'full name', 'id', 'ssn', 'born'],
            where: [{ column: 'active', isNot: null }],
          },
        ],
        {
          target: { tables: { 'public.people': 'public.folk' } },
          transform: {
            'public.people': { rename: { id: 'number', 'full name': 'The Name', salary: 'money' }, drop: ['ssn'] },
          },
        },
      ),
    );
    expect(
      await target.query(`select number, "The Name", money, born::text, note from public.folk order by number`),
    ).toEqual(
      await source.query(
        `select id as number, "full name" as "The Name", salary as money, born::text, 'new' as note from public.people where active is not null order by id`,
      ),
    );
  });

  test('types that take over every value of another', async () => {
    const { source, target } = databases;
    await source.query(
      `create type public.mood as enum ('sad', 'it''s');
      create table public.cast_it (id smallint primary key, a int, b bigint, c varchar(5), d numeric(5, 2), e timestamp(0), f bit(3), g public.mood, h uuid, i jsonb, j name, k int[], l smallint);
      insert into public.cast_it values (-32768, -2147483648, 9223372036854775807, E'a\\\n\t', 'NaN', '24:00 2024-02-28', '101', 'it''s', gen_random_uuid(), '{"a": [1.10]}', 'n', '[0:1]={1,NULL}', 1),
        (0, null, null, '', -0.10, '-infinity', '000', null, null, 'null', '', '{}', null), (5, 0, 0, '\\N', 999.99, 'infinity', '111', 'sad', null, '"\\\\N"', '\\.', null, 0)`.replace(
        "'24:00 2024-02-28'",
        "'2024-02-28 24:00'",
      ),
    );
    await target.query(
      `create table public.cast_it (id bigint primary key, a numeric, b numeric(19), c text, d numeric, e timestamp, f varbit, g text, h varchar(36), i json, j text, k bigint[], l real)`,
    );
    const load = await copy(['public.cast_it']);
    expect(load.plan.tables[0]!.format).toBe('text');
    await finishLoad(load);
    const text = `select id::text, a::text, b::text, c, d::text, e::text, f::text, g::text, h::text, i::text, j::text, k::text, l::text from public.cast_it t order by t.id`;
    expect(await target.query(text)).toEqual(await source.query(text));
  });
});

describe('refused before anything is created', () => {
  test.each([
    ['a date that is none', [{ column: 'born', is: 'yesterdayish' }], /where\[0\].*invalid input syntax for type date/],
    ['a number as a boolean', [{ column: 'active', is: 'perhaps' }], /where\[0\].*boolean/],
    [
      'a type without an order',
      [
        { column: 'id', is: 1 },
        { column: 'doc', is: '{}' },
      ],
      /where\[1\].*json/,
    ],
    ['a broken array', [{ column: 'tags', atLeast: '{' }], /where\[0\].*malformed array/],
    [
      'a type that only its extension compares',
      [{ column: 'nick', is: 'nick' }],
      /where\[0\].*nick of public\.people is public\.citext/,
    ],
  ])('a condition with %s', async (_, where, message) => {
    const { source, target, openStage } = databases;
    for (const database of [source, target]) await database.query(PEOPLE);
    const refused = plannedLoad((await openStage()).services, requestOf([{ name: 'public.people', where }]));
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toThrow(RequestError);
  });

  test.each([
    ['bigint', 'int'],
    ['numeric', 'numeric(10,2)'],
    ['numeric(10,2)', 'numeric(10,3)'],
    ['timestamp', 'timestamptz'],
    ['timestamptz(3)', 'timestamptz(0)'],
    ['text', 'varchar(10)'],
    ['text', 'bytea'],
    ['json', 'jsonb'],
    ['char(3)', 'text'],
    ['real', 'double precision'],
    ['bigint', 'double precision'],
    ['int', 'text'],
    ['int4range', 'int8range'],
    ['text', 'citext'],
    ['date', 'timestamp'],
    ['int[]', 'int'],
    ['bigint', 'timestamp'],
    ['int', 'date'],
  ])('%s into %s', async (there, here) => {
    const { source, target, openStage } = databases;
    for (const database of [source, target]) await database.query('create extension citext');
    await source.query(`create table public.t (id int primary key, v ${there})`);
    await target.query(`create table public.t (id int primary key, v ${here})`);
    await expect(plannedLoad((await openStage()).services, requestOf(['public.t']))).rejects.toThrow(
      /column v of public\.t/,
    );
  });
});
