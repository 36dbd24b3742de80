import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect } from '../../../src/databases/postgres/connection.ts';
import { findRelations } from '../../../src/databases/postgres/find-tables.ts';
import { measureLargestLobs } from '../../../src/databases/postgres/large-values.ts';
import { surveyTables } from '../../../src/databases/postgres/survey.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let database: TestDatabase;

beforeAll(async () => {
  database = await databases.createDatabase();
  await database.query(`
    create table keyless (what text, picture bytea, "a ""b" text);
    insert into keyless values ('ü', null, null), (repeat('x', 500000), '\\x0102', null), (null, repeat('y', 70)::bytea, '');
    create table empty_log (what text);
    create table required (id int primary key, name text not null);
    insert into required values (1, 'four');
    create table optional (id int primary key, name text);
    insert into optional values (1, 'four');
    create table small (id int, name varchar(10));
    create table parted (what text) partition by list (what);
    create table parted_rest partition of parted default;
    insert into parted values ('seven..')`);
});
afterAll(() => databases.dropAll());

async function measured(names: string[], timeoutMs?: number): Promise<Record<string, number | undefined>> {
  const client = await connect(database.address, { applicationName: 'test', field: 'source.connection' });
  try {
    await client.query('begin isolation level repeatable read read only');
    const found = await findRelations(
      client,
      names.map((name) => `public.${name}`),
    );
    const tables = await surveyTables(client, [...found.values()], 'source');
    await measureLargestLobs(client, tables, timeoutMs);
    const { rows } = await client.query(`select current_setting('statement_timeout') as timeout`);
    expect(rows[0]).toEqual({ timeout: '0' });
    return Object.fromEntries(tables.map(({ name, largestLobBytes }) => [name.slice(7), largestLobBytes]));
  } finally {
    await client.end();
  }
}

test('the longest value is measured in bytes where DMS must know it: without a key, or where NULL is not allowed', async () => {
  expect(await measured(['keyless', 'empty_log', 'required', 'optional', 'small', 'parted'])).toEqual({
    keyless: 500_000,
    empty_log: 0,
    required: 4,
    optional: undefined,
    small: undefined,
    parted: 7,
  });
});

test('what takes too long stays unknown, and the survey goes on in the same transaction', async () => {
  await database.query(`create table slow (what text);
    insert into slow select repeat('x', 1000) from generate_series(1, 200000)`);
  expect(await measured(['slow'], 1)).toEqual({ slow: undefined });
});
