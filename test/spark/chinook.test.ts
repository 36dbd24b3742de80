import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { parquetReadObjects } from 'hyparquet';
import { parseRequest } from '../../src/request/parse.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { verificationDocument } from '../../src/store/documents.ts';
import { CHINOOK_CONSTRAINTS, CHINOOK_TABLES, chinookForMysql, chinookForPostgres } from '../support/chinook.ts';
import { glueStandIns, stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import { loadAll, plannedLoad, requestOf } from '../support/loads.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** The Chinook database by real Spark, from either engine, to either kind of target. */

const databases = openTestDatabases();
const limits = { deadlineMinutes: 20_160 };
let server: MariadbServer | undefined;
let source: TestDatabase;
let schema: string;

beforeAll(async () => {
  const script = await chinookForPostgres();
  schema = script.schema;
  source = await databases.createDatabase();
  await source.query(script.whole);
});
afterAll(async () => {
  await server?.stop();
  await stopGlueStandIns();
  await databases.dropAll();
});

/** @returns how many rows each table was found to have, when all of them are verified */
async function load(from: DatabaseAddress, to: DatabaseAddress, request: LoadRequest): Promise<Record<string, number>> {
  const stage = await setSparkStage(from, to);
  try {
    const planned = await plannedLoad(stage.services, request);
    const isVerified = await loadAll(planned);
    const verified = await planned.documents.need(verificationDocument);
    expect(verified.filter((table) => !table.verified)).toEqual([]);
    expect(isVerified).toBe(true);
    return Object.fromEntries(verified.map((table) => [table.source, table.targetRows]));
  } finally {
    await stage.remove();
  }
}

async function expectEverythingIn(target: TestDatabase): Promise<void> {
  for (const table of CHINOOK_TABLES) {
    const rows = `select t::text as row from public.${table} t order by t::text collate "C"`;
    expect(await target.query(rows)).toEqual(await source.query(rows));
  }
  expect(await target.query(CHINOOK_CONSTRAINTS)).toEqual(await source.query(CHINOOK_CONSTRAINTS));
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
}

test('from PostgreSQL to PostgreSQL it arrives whole, with its constraints as before', async () => {
  const target = await databases.createDatabase();
  await target.query(schema);
  const rows = await load(source.address, target.address, requestOf(['public.*'], { ...throughGlue, limits }));
  expect(Object.keys(rows).toSorted()).toEqual(CHINOOK_TABLES.map((table) => `public.${table}`));
  await expectEverythingIn(target);
});

test('from MariaDB to PostgreSQL it is what PostgreSQL’s own copy of it holds', async () => {
  server = await startMariadb();
  await server.query(await chinookForMysql());
  const target = await databases.createDatabase();
  await target.query(schema);
  const request = requestOf(['"Chinook".*'], {
    ...throughGlue,
    source: { engine: 'mariadb', ...throughGlue.source },
    ...(await renamed(server)),
    limits,
  });
  await load({ ...server.address, database: 'Chinook' }, target.address, request);
  await expectEverythingIn(target);
});

test('from PostgreSQL to Parquet every table is in its files, as their footers and their rows say', async () => {
  const request = parseRequest({
    dataset: 'chinook',
    consumer: 'analysts',
    source: { engine: 'postgres', ...throughGlue.source, tables: ['public.*'] },
    target: { engine: 's3', uri: 's3://exports/chinook' },
    limits,
  });
  const counted = await load(source.address, source.address, request);
  for (const table of CHINOOK_TABLES) {
    const rows = await source.query<{ row: object }>(`select to_json(t) as row from public.${table} t`);
    expect({ table, rows: counted[`public.${table}`] }).toEqual({ table, rows: rows.length });
    expect(inOrder(await readFiles(`chinook/public.${table}`))).toEqual(inOrder(rows.map(({ row }) => row)));
  }
});

/** What the names of MariaDB's copy are called in PostgreSQL's. */
async function renamed({ query }: MariadbServer): Promise<object> {
  const columns = await query(
    `select table_name as 'table', column_name as name from information_schema.columns where table_schema = 'Chinook'`,
  );
  const tables: Record<string, string> = {};
  const transform: Record<string, { rename: Record<string, string> }> = {};
  for (const { table, name } of columns as { table: string; name: string }[]) {
    const called = `"Chinook"."${table}"`;
    tables[called] = `public.${snake(table)}`;
    (transform[called] ??= { rename: {} }).rename[name] = snake(name);
  }
  return { target: { ...throughGlue.target, tables }, transform };
}

function snake(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase();
}

/** All rows of the Parquet files in a folder, as JSON has them. */
async function readFiles(folder: string): Promise<object[]> {
  const { directory } = await glueStandIns();
  const place = join(directory, 'exports', folder);
  const names = (await readdir(place)).filter((name) => name.endsWith('.parquet'));
  const rows: object[] = [];
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = await readFile(join(place, name));
    const file = buffer.slice(byteOffset, byteOffset + byteLength);
    rows.push(...(await parquetReadObjects({ file })));
  }
  return rows.map((row) => JSON.parse(JSON.stringify(row, exactly).replaceAll('.000Z"', '"')));
}

/** The reader makes binary fractions of decimals: 1586 / 100 is 15.860000000000001. */
function exactly(_name: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(15)) : value;
}

function inOrder(rows: object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}
