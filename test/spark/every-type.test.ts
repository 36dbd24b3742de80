import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { escapeIdentifier, escapeLiteral } from 'pg';
import { awkwardValues, OBJECTS_THAT_VALUES_NAME } from '../support/awkward-values.ts';
import { storableTypes } from '../support/every-type.ts';
import { stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import { loadAll, plannedLoad, requestOf, type LoadStage } from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** Values that others lose, round or mistake, through real Spark and PostgreSQL's own driver. */

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;

beforeEach(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  stage = await setSparkStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(async () => {
  await stopGlueStandIns();
  await databases.dropAll();
});

async function load(more: object = {}): Promise<boolean> {
  const request = requestOf(['public.everything'], { ...throughGlue, limits: { deadlineMinutes: 20_160 }, ...more });
  return loadAll(await plannedLoad(stage.services, request));
}

const MODIFIED: Record<string, string[]> = {
  numeric: ['0.00123', 'NaN'],
  char: ['', 'ab', 'a c  '],
  varchar: ['', 'a c  '],
  timestamp: ['2024-02-29 23:59:59.6', 'infinity'],
  bit: ['101'],
};

/** A column for each type, and below it one value after the other; of an array, beside a NULL. */
async function makeTable(types: Record<string, string[]>): Promise<void> {
  const names = Object.keys(types);
  const columns = names.map((name) => `${escapeIdentifier(name)} ${name}`).join(', ');
  const create = `create table public.everything (number int primary key, ${columns})`;
  await source.query(create);
  await target.query(create);
  const rows = Math.max(...Object.values(types).map((values) => values.length));
  for (let row = 0; row <= rows; row += 1) {
    const values = names.map((name) => {
      const value = types[name]![row];
      if (value === undefined) return 'null';
      const element = name.replace(/\[\]$/, '');
      const literal = `${escapeLiteral(value)}::${element}`;
      return element === name ? literal : `array[null, ${literal}]`;
    });
    await source.query(`insert into public.everything values (${row}, ${values.join(', ')})`);
  }
  await source.query('analyze public.everything');
}

async function expectSame(): Promise<void> {
  const names = await source.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
      where attrelid = 'public.everything'::regclass and attnum > 0 order by attnum`,
  );
  for (const { name } of names) {
    const values = `select number, ${name}::text as value from public.everything order by number`;
    expect([name, ...(await target.query(values))]).toEqual([name, ...(await source.query(values))]);
  }
}

test('what is only copied arrives, whatever its type: alone and in arrays', async () => {
  await source.query(OBJECTS_THAT_VALUES_NAME);
  await target.query(OBJECTS_THAT_VALUES_NAME);
  const types: Record<string, string[]> = {};
  for (const { name, quoted } of await storableTypes(source)) {
    types[quoted] = awkwardValues[name]!;
    types[`${quoted}[]`] = awkwardValues[name]!;
  }
  // Of these Spark knows none, or nothing of what their modifiers mean.
  for (const name of [
    'numeric(5,-2)',
    'numeric(3,5)',
    'numeric(40,3)',
    'char(5)',
    'varchar(5)',
    'timestamp(0)',
    'bit(3)',
  ])
    for (const type of [name, `${name}[]`]) types[type] = MODIFIED[name.replace(/\(.*/, '')]!;
  await makeTable(types);
  expect(await load()).toBe(true);
  await expectSame();
});

test('what expressions and modules see is the value, in a type of Spark where that has one', async () => {
  const times = [
    '0001-01-01 00:00:00',
    '1582-10-10 12:34:56.123456',
    '1969-12-31 23:59:59.999999',
    '9999-12-31 23:59:59',
  ];
  await makeTable({
    ...Object.fromEntries(
      ['bool', 'int2', 'int4', 'int8', 'float4', 'float8', 'bytea', 'text', 'uuid', 'jsonb'].map((name) => [
        name,
        awkwardValues[name]!,
      ]),
    ),
    'numeric(38,10)': ['0', '-1234567890123456789012345678.0123456789', '0.0000000001'],
    'numeric(5)': ['-99999'],
    numeric: awkwardValues['numeric']!,
    date: ['0001-01-01', '1582-10-10', '2024-02-29', '9999-12-31', '4713-01-01 BC', '5874897-12-31'],
    timestamp: [...times, '4713-01-01 00:00:00 BC', '294246-12-31 23:59:59.999999'],
    timestamptz: times.map((time) => `${time}+00`),
  });
  const directory = await mkdtemp(join(tmpdir(), 'every-type-test-'));
  try {
    // Spark's own idea of each column, or an error of the module's.
    await writeFile(join(directory, 'look.py'), LOOK);
    expect(await load({ transform: { script: join(directory, 'look.py') } })).toBe(true);
  } finally {
    await rm(directory, { recursive: true });
  }
  await expectSame();
});

const LOOK = `
TYPES = {
    'bool': 'boolean', 'int2': 'smallint', 'int4': 'int', 'int8': 'bigint', 'float4': 'float', 'float8': 'double',
    'bytea': 'binary', 'text': 'string', 'uuid': 'string', 'jsonb': 'string', 'numeric(38,10)': 'decimal(38,10)',
    'numeric(5)': 'decimal(5,0)', 'numeric': 'string', 'date': 'date', 'timestamp': 'timestamp_ntz',
    'timestamptz': 'timestamp', 'number': 'int',
}

def transform(table, rows, spark):
    found = dict(rows.dtypes)
    assert found == TYPES, found
    return rows
`;
