import { spawn } from 'node:child_process';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { jdbcSourceOf } from '../../src/databases/jdbc-sources.ts';
import { findDistinctObstacle, findFilterObstacle } from '../../src/databases/compared-values.ts';
import type { Source, SourceEngine, Transformed } from '../../src/databases/source-engine.ts';
import { sourceEngineOf } from '../../src/databases/source-engines.ts';
import type { TableSurvey } from '../../src/model.ts';
import { parseRowFilter } from '../../src/request/parse-row-filter.ts';
import type { Engine } from '../../src/request/schema.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** Whatever is understood of a filter, or of telling rows apart, the source counts as Spark does, on the same rows. */

const databases = openTestDatabases();
let server: MariadbServer | undefined;
afterAll(async () => {
  await server?.stop();
  await databases.dropAll();
});

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];
const TEXTS = [
  "'a'",
  "'${env:HOME}'",
  "'A'",
  "''",
  "'a '",
  "'b'",
  "'Z'",
  "'ä'",
  "'é'",
  "'\u{1f600}'",
  "'\uffee'",
  "'5'",
  "'NULL'",
];
const NUMBERS = [
  '0',
  '-1',
  '5',
  '5.0',
  '4.99',
  '-0.5',
  '32767',
  '2147483648',
  '9223372036854775807',
  '007',
  '.5',
  '5.',
];
const DATES = ["'2024-02-29'", "'1583-01-01'", "'9998-12-31'", "'1970-01-01'"];
const TIMES = [...DATES, "'2024-02-29 12:30:15'", "'2024-02-29 12:30:15.123456'", "'2024-03-31 02:30:00'"];
const LITERALS: Record<string, string[]> = {
  small: NUMBERS,
  whole: NUMBERS,
  big: NUMBERS,
  pay: NUMBERS,
  wide: NUMBERS,
  active: ['true', 'false'],
  flag: NUMBERS,
  born: DATES,
  seen: TIMES,
  at: TIMES,
  name: TEXTS,
  mail: TEXTS,
  folded: TEXTS,
};

interface Count {
  filter?: string;
  distinct?: string[];
}

/** Every column with every literal, three comparisons of it or all six, ranges, lists, and some of them together. */
function countsFor(columns: string[]): Count[] {
  const single = columns.flatMap((column) => {
    const values = LITERALS[column] ?? [];
    const [first = '', second = ''] = values;
    return [
      ...values.flatMap((value, index) =>
        COMPARISONS.filter((_, at) => index < 3 || (index + at) % 2 === 0).map((is) => `${column} ${is} ${value}`),
      ),
      ...values.map((value) => `${value} >= ${column}`),
      `${column} IS NULL`,
      `${column} IS NOT NULL`,
      `${column} IN (${values.join(', ')})`,
      `${column} NOT IN (${first}, ${second})`,
      ...values.slice(1).map((value) => `${column} BETWEEN ${first} AND ${value}`),
      `${column} NOT BETWEEN ${first} AND ${second}`,
    ];
  });
  const together = single.flatMap((one, index) => {
    if (index % 7 > 0) return [];
    const other = single[(index * 31 + 17) % single.length]!;
    const third = single[(index * 13 + 5) % single.length]!;
    return [
      `${one} AND ${other}`,
      `NOT ${one} OR ${other} AND ${third}`,
      `NOT (${one} OR NOT (${other})) AND ${third}`,
    ];
  });
  const keys = columns.flatMap((column, index) => [[column], [column, columns[(index + 3) % columns.length]!]]);
  return [
    ...[...single, ...together].map((filter) => ({ filter })),
    ...keys.map((distinct) => ({ distinct })),
    ...keys.map((distinct, index) => ({ distinct, filter: single[(index * 37) % single.length]! })),
  ];
}

async function countInSpark(asked: object): Promise<(number | string)[]> {
  const environment = {
    ...process.env,
    PYSPARK_PYTHON: '.spark/bin/python',
    PYSPARK_SUBMIT_ARGS: '--driver-class-path .spark/jars/* --conf spark.ui.enabled=false pyspark-shell',
  };
  const spark = spawn('.spark/bin/python', ['test/spark/count-filters.py'], { env: environment });
  spark.stdin.end(JSON.stringify(asked));
  const [answer, log] = await Promise.all([readText(spark.stdout), readText(spark.stderr)]);
  try {
    return JSON.parse(answer) as (number | string)[];
  } catch {
    throw new Error(`Spark did not answer: ${answer}\n${log}`);
  }
}

/** @returns what the source counts; why not, when it is not understood. */
async function countInSource(
  { engine, source, table }: { engine: SourceEngine; source: Source; table: TableSurvey },
  { filter, distinct }: Count,
): Promise<number | string> {
  const transformed: Transformed = { types: Object.fromEntries(table.columns.map(({ name, type }) => [name, type])) };
  if (filter !== undefined) {
    const parsed = parseRowFilter(
      filter,
      table.columns.map(({ name }) => name),
    );
    if ('why' in parsed) return parsed.why;
    const obstacle = findFilterObstacle(table, parsed.filter, engine.comparedKindOf);
    if (obstacle !== undefined) return obstacle;
    transformed.filter = parsed.filter;
  }
  const obstacle = distinct && findDistinctObstacle(table, distinct, engine.comparedKindOf);
  if (obstacle !== undefined) return obstacle;
  if (distinct) transformed.distinct = distinct;
  return source.countRows({ name: table.name, only: true, where: [], columns: [], transformed }, {});
}

async function expectSameCounts(engineName: Engine, address: DatabaseAddress, tableName: string): Promise<void> {
  const engine = sourceEngineOf(engineName);
  const source = await engine.connect(address, { applicationName: 'a test', field: 'source.connection' });
  try {
    await source.beginSurvey();
    const [table] = await source.surveyTables([...(await source.findRelations([tableName])).values()]);
    const counts = countsFor(table!.columns.map(({ name }) => name).filter((name) => name in LITERALS));
    const found: (number | string)[] = [];
    for (const count of counts) found.push(await countInSource({ engine, source, table: table! }, count));
    const understood = counts.filter((_, index) => typeof found[index] === 'number');
    const inSpark = await countInSpark({ ...jdbcOf(engineName, address, table!), counts: understood });
    expect(understood.map((count, index) => ({ ...count, rows: inSpark[index] }))).toEqual(
      understood.map((count) => ({ ...count, rows: found[counts.indexOf(count)] })),
    );
    expect(understood.length).toBeGreaterThan(counts.length * 0.9);
  } finally {
    await source.end();
  }
}

/** How the job reads the table, with every value in its type. */
function jdbcOf(engineName: Engine, address: DatabaseAddress, table: TableSurvey): object {
  const { scheme, properties, readQuery, typedAs } = jdbcSourceOf(engineName);
  const columns = table.columns.map((column, index) => ({
    column,
    text: `c${index}`,
    ...(typedAs(column, 'x') !== undefined && { typed: `n${index}` }),
  }));
  const { user, password, host, port, database } = address;
  return {
    url: `${scheme}://${host}:${port}/${database}`,
    query: readQuery({ name: table.name, only: true, where: [] }, columns, table.columns),
    columns: columns.map(({ column, text, typed }) => `${typed ? typedAs(column, typed) : text} as ${column.name}`),
    properties: { ...properties({ tls: 'none', applicationName: 'a test', majorVersion: 18 }), user, password },
  };
}

describe('PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await databases.createDatabase();
    await database.query(`
      create collation folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table rows (
        id int primary key, small smallint, whole integer, big bigint, pay numeric(10,2), wide numeric(38,18),
        active boolean, born date, seen timestamp(3), at timestamp, name text, mail varchar(20), folded text collate folding);
      insert into rows
      select n, (array[0, -1, 5, 32767, -32768, null])[1 + n % 6], (array[0, -1, 5, 4, 7, 2147483647, null])[1 + n % 7],
        (array[0, 5, 2147483648, 9223372036854775807, -9223372036854775808, null])[1 + n % 6],
        (array[0, 5.00, 4.99, -0.5, 0.50, 99999999.99, null])[1 + n % 7],
        (array[0, 5, 4.99, -0.5, 12345678901234567890.123456789012345678, null])[1 + n % 6],
        (array[true, false, null])[1 + n % 3],
        (array['2024-02-29', '1583-01-01', '1583-01-02', '9998-12-31', '1970-01-01', '1969-12-31', null])[1 + n % 7]::date,
        (array['2024-02-29 12:30:15', '2024-02-29 12:30:15.123', '2024-03-31 02:30:00', '1583-01-01', null])[1 + n % 5]::timestamp,
        (array['2024-02-29 12:30:15.123456', '2024-02-29', '2024-03-31 02:30:00', '9999-12-31', '0001-01-01', null])[1 + n % 6]::timestamp,
        t, t, t
      from generate_series(1, 2520) n,
        lateral (select (array['a', 'A', '', 'a ', 'b', 'B', 'Z', 'ä', 'a' || U&'\\0308', 'é', U&'\\+01F600', U&'\\FFEE', '5', 'NULL', null])[1 + n % 15]) texts(t)`);
  });

  test('counts as Spark does', async () => {
    await expectSameCounts('postgres', database.address, 'public.rows');
  }, 600_000);
});

describe('MariaDB', () => {
  test('counts as Spark does', async () => {
    server = await startMariadb();
    await server.query(`use test; set sql_mode = '';
      create table \`rows\` (
        id int primary key, small smallint, whole int unsigned, big bigint unsigned, pay decimal(10,2), wide decimal(38,18),
        flag tinyint(1), born date, seen datetime(3), at datetime(6), name text character set utf8mb4,
        mail varchar(20) character set latin1, folded varchar(20) character set utf8mb4 collate utf8mb4_general_ci);
      insert into \`rows\`
      select seq, elt(1 + seq % 6, 0, -1, 5, 32767, -32768), elt(1 + seq % 7, 0, 1, 5, 4, 7, 4294967295),
        elt(1 + seq % 6, 0, 5, 2147483648, 9223372036854775807, 18446744073709551615),
        elt(1 + seq % 7, 0, 5.00, 4.99, -0.5, 0.50, 99999999.99),
        elt(1 + seq % 6, 0, 5, 4.99, -0.5, 12345678901234567890.123456789012345678),
        elt(1 + seq % 4, 0, 1, 5),
        elt(1 + seq % 7, '2024-02-29', '1583-01-01', '1583-01-02', '9998-12-31', '1970-01-01', '1969-12-31'),
        elt(1 + seq % 5, '2024-02-29 12:30:15', '2024-02-29 12:30:15.123', '2024-03-31 02:30:00', '1583-01-01'),
        elt(1 + seq % 6, '2024-02-29 12:30:15.123456', '2024-02-29', '2024-03-31 02:30:00', '9998-12-31', '1600-01-01'),
        elt(1 + seq % 15, 'a', 'A', '', 'a ', 'b', 'B', 'Z', 'ä', 'ä', 'é', '\u{1f600}', '\uffee', '5', 'NULL'),
        elt(1 + seq % 12, 'a', 'A', '', 'a ', 'b', 'B', 'Z', 'ä', 'é', '5', 'NULL'),
        elt(1 + seq % 15, 'a', 'A', '', 'a ', 'b', 'B', 'Z', 'ä', 'ä', 'é', '\u{1f600}', '\uffee', '5', 'NULL')
      from seq_1_to_2520`);
    await expectSameCounts('mariadb', server.address, 'test.rows');
  }, 600_000);
});
