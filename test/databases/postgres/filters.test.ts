import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { postgres } from '../../../src/databases/postgres/engine.ts';
import type { CountedTable, Source } from '../../../src/databases/source-engine.ts';
import type { RowFilter } from '../../../src/request/row-filter.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let database: TestDatabase;
let source: Source;
beforeAll(async () => {
  database = await databases.createDatabase();
  await database.query(`
    create schema "H""R";
    create collation public.folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create type public.pair as (one int, other int);
    create table "H""R"."ro ws" (
      "i'd" int primary key, name text, "fol""ded" varchar(10) collate public.folding, at timestamp(3), pair public.pair);
    insert into "H""R"."ro ws" values
      (1, 'a', 'a', '2024-02-29 12:00:00.123', (null, null)), (2, 'A', 'A', '2024-02-29 12:00', (1, 2)),
      (3, 'Z', 'ä', '2024-02-28', null), (4, 'é', 'a', null, null), (5, null, null, null, null);
    create table "H""R".others () inherits ("H""R"."ro ws");
    insert into "H""R".others values (6, 'a', 'a', null, null)`);
  source = await postgres.connect(database.address, { applicationName: 'a test', field: 'source.connection' });
});
afterAll(async () => {
  await source.end();
  await databases.dropAll();
});

const types = {
  "i'd": 'integer',
  name: 'text',
  'fol"ded': 'character varying(10)',
  at: 'timestamp(3) without time zone',
  pair: 'public.pair',
};

function rows(transformed: Omit<NonNullable<CountedTable['transformed']>, 'types'>): CountedTable {
  const key = { columns: ["i'd"], types: ['integer'] };
  return { name: '"H""R"."ro ws"', only: true, key, where: [], transformed: { ...transformed, types } };
}

describe('rows that a filter leaves', () => {
  test.each<[string, RowFilter, number]>([
    ['a text that a collation takes for others', { column: 'fol"ded', is: '=', value: { text: 'a' } }, 2],
    ['another than that', { column: 'fol"ded', is: '<>', value: { text: 'a' } }, 2],
    ['one of several texts', { column: 'fol"ded', in: [{ text: 'A' }, { text: 'b' }] }, 1],
    ['texts in the order of their bytes', { column: 'name', is: '<', value: { text: 'a' } }, 2],
    ['texts after one', { column: 'name', is: '>', value: { text: 'a' } }, 1],
    ['a quote in a text', { column: 'name', is: '=', value: { text: `a' or 'a' = 'a` } }, 0],
    ['a number', { column: "i'd", is: '>=', value: { number: '2.5' } }, 3],
    ['what is not known is neither', { not: { column: 'name', is: '=', value: { text: 'a' } } }, 3],
    [
      'a time that its column has no digits for',
      { column: 'at', is: '>=', value: { text: '2024-02-29 12:00:00.1226' } },
      1,
    ],
    ['a composite value of nothing but NULL, which is a value', { column: 'pair', isNull: false }, 2],
    ['no value', { column: 'pair', isNull: true }, 3],
    [
      'several together',
      {
        and: [
          {
            or: [
              { column: 'name', is: '=', value: { text: 'a' } },
              { column: 'name', isNull: true },
            ],
          },
          { column: "i'd", is: '<', value: { number: '-0.5' } },
        ],
      },
      0,
    ],
  ])('%s', async (_case, filter, left) => {
    expect(await source.countRows(rows({ filter }), {})).toBe(left);
  });

  test('are within the conditions of the request and the bounds of a key range', async () => {
    const filter: RowFilter = { column: 'fol"ded', isNull: false };
    const asked = { ...rows({ filter }), where: [{ column: 'name', isNot: 'Z' }] };
    expect(await source.countRows(asked, {})).toBe(3);
    expect(await source.countRows(asked, { from: ['1'], to: ['3'] })).toBe(1);
  });

  test('are those of which is told what was written since', async () => {
    const filter: RowFilter = { column: 'name', in: [{ text: 'a' }, { text: 'A' }] };
    // Of a transaction of any other test that still runs, it can't be told whether it is older than these rows.
    const [{ newest }] = (await database.query<{ newest: string }>(
      `select max(xmin::text::bigint) as newest from "H""R"."ro ws"`,
    )) as [{ newest: string }];
    let before = await source.readPosition(['"H""R"."ro ws"'], new Date());
    while (BigInt(before.oldestTransaction!) <= BigInt(newest)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      before = await source.readPosition(['"H""R"."ro ws"'], new Date());
    }
    await database.query(`update "H""R"."ro ws" set name = name where "i'd" in (1, 3)`);
    expect(await source.countChanges(rows({ filter }), before, false)).toMatchObject({
      sourceRows: 2,
      changes: { writtenSince: 1 },
    });
    expect(await source.countChanges(rows({ filter, distinct: ['name'] }), before, false)).toBeUndefined();
  });
});

describe('rows told apart', () => {
  test.each([
    [['name'], 5],
    [['fol"ded'], 4],
    [['fol"ded', 'name'], 5],
    [['at'], 4],
    [["i'd", "i'd"], 5],
  ])('by %j', async (distinct, left) => {
    expect(await source.countRows(rows({ distinct }), {})).toBe(left);
  });

  test('after the filter', async () => {
    const filter: RowFilter = { column: 'fol"ded', is: '=', value: { text: 'a' } };
    expect(await source.countRows(rows({ filter, distinct: ['fol"ded'] }), {})).toBe(1);
  });
});
