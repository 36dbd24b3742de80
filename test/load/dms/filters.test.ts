import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect, type Client } from '../../../src/databases/postgres/connection.ts';
import { countRows } from '../../../src/databases/postgres/chunks.ts';
import { filterOf, type Filter } from '../../../src/load/dms/settings/filters.ts';
import type { Condition } from '../../../src/request/schema.ts';
import { column } from '../../plan/surveys.ts';
import { openTestDatabases } from '../../support/postgres.ts';

const databases = openTestDatabases();
let client: Client;

beforeAll(async () => {
  const { query, address } = await databases.createDatabase();
  await query(`create table t (n int, s smallint not null, b bigint, d date, v varchar(10), w varchar(10) not null);
    insert into t values (null, -32768, null, null, null, ''), (1, 0, 9007199254740993, '2026-02-28', 'a', 'a'),
      (2, 1, -1, '2026-03-01', 'a ', 'a '), (3, 2, 0, '9999-12-31', 'A', 'A'), (-1, 32767, 1, '0001-01-01', '', 'b')`);
  client = await connect(address, { applicationName: 'test', field: 'source.connection' });
});
afterAll(async () => {
  await client.end();
  await databases.dropAll();
});

const types: Record<string, [string, boolean]> = {
  n: ['integer', true],
  s: ['smallint', false],
  b: ['bigint', true],
  d: ['date', true],
  v: ['character varying(10)', true],
  w: ['character varying(10)', false],
};

const OPERATORS = { eq: '=', noteq: '<>', gte: '>=', lte: '<=', null: 'is null', notnull: 'is not null' };

/** "Using source filters": conditions of one filter are joined by OR. */
function sqlOf(filter: Filter): string {
  const name = filter['column-name'];
  return filter['filter-conditions']
    .map(({ 'filter-operator': operator, value }) => {
      const operand = value === undefined ? '' : ` '${value}'`;
      return `${name} ${OPERATORS[operator]}${operand}`;
    })
    .join(' or ');
}

describe('a filter picks the rows that its condition picks', () => {
  test.each<[string, Condition]>([
    ['an integer', { column: 'n', is: 1 }],
    ['an integer as text', { column: 'n', is: ' +1 ' }],
    ['NULL', { column: 'n', is: null }],
    ['not NULL', { column: 'n', isNot: null }],
    ['another integer, or NULL', { column: 'n', isNot: 1 }],
    ['another integer', { column: 's', isNot: 0 }],
    ['a range', { column: 's', atLeast: 0 }],
    ['a range from above', { column: 'n', atMost: 2 }],
    ['an integer beyond those of JSON', { column: 'b', is: '9007199254740993' }],
    ['another such, or NULL', { column: 'b', isNot: '9007199254740993' }],
    ['a date', { column: 'd', is: '2026-02-28' }],
    ['dates from a day on', { column: 'd', atLeast: '2026-03-01' }],
    ['text', { column: 'v', is: 'a' }],
    ['other text', { column: 'w', isNot: 'a' }],
  ])('%s', async (_case, condition) => {
    const [type, nullable] = types[condition.column]!;
    const filter = filterOf(condition, column(condition.column, type, { nullable }), 'postgres');
    if ('obstacle' in filter) throw new Error(filter.obstacle);
    const wanted = await countRows(client, { name: 'public.t', only: true, where: [condition] }, {});
    const { rows } = await client.query<{ count: string }>(`select count(*) from public.t where ${sqlOf(filter)}`);
    expect(Number(rows[0]!.count)).toBe(wanted);
    expect(wanted).toBeGreaterThan(0);
    expect(wanted).toBeLessThan(5);
  });
});

test.each([
  { column: 's', isNot: 0 },
  { column: 'n', isNot: 1 },
  { column: 'n', isNot: null },
])('a negative operator stands alone in its filter, which is all that DMS takes: %j', (condition) => {
  const [type, nullable] = types[condition.column]!;
  const filter = filterOf(condition, column(condition.column, type, { nullable }), 'postgres');
  const operators = 'obstacle' in filter ? [] : filter['filter-conditions'].map((one) => one['filter-operator']);
  expect(operators).not.toEqual([]);
  expect(operators.length === 1 || operators.every((operator) => !operator.startsWith('not'))).toBe(true);
});
