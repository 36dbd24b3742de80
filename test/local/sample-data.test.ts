import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createSampleSource, createSampleTarget } from '../../local/sample-data/sample-source.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

const databases = openTestDatabases();
afterAll(() => databases.dropAll());

const TABLES = ['departments', 'employees', 'department_employees', 'titles', 'salaries'];

async function create(make: (client: Client) => Promise<void>): Promise<TestDatabase> {
  const database = await databases.createDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await make(client);
  await client.end();
  return database;
}

/** Rows of each table and one checksum over all of them, whatever the session's settings are. */
async function fingerprint(database: TestDatabase): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const table of TABLES) {
    const rows = await database.query(`
      set timezone = 'UTC'; set datestyle = 'ISO';
      select count(*) || ' ' || coalesce(md5(string_agg(t::text, chr(10) order by t)), '') as found from hr.${table} t`);
    found[table] = String(rows[0]?.['found']);
  }
  return found;
}

describe('the sample database', () => {
  let source: TestDatabase;
  beforeAll(async () => {
    source = await create((client) => createSampleSource(client));
  });

  test('holds the same rows on every machine', async () => {
    expect(await fingerprint(source)).toEqual({
      departments: '8 ca2a0ee8702ce49f96d1d63bace0b4e8',
      employees: '60000 3226d53bc92e6aacf047fd57c1a29492',
      department_employees: '60000 7fcd9bb63389b8cc01e9114249e241ea',
      titles: '80000 aa090d08b1927ae3e3a262b1c0884d1d',
      salaries: '180000 a8043d328659c7539711ea024dd25638',
    });
  });

  test('has at least 300,000 rows in at least 4 tables, which the planner knows', async () => {
    const [estimate] = await source.query<{ tables: number; rows: number }>(`
      select count(*)::int as tables, sum(reltuples)::int as rows
      from pg_class where relkind = 'r' and relnamespace = 'hr'::regnamespace and reltuples > 0`);
    expect(estimate).toEqual({ tables: 5, rows: 380_008 });
  });

  test('has names that are not ASCII, missing values, and decimals', async () => {
    const [row] = await source.query(`
      select count(distinct last_name) filter (where last_name ~ '[^\\x01-\\x7f]') > 10 as names,
             count(*) filter (where hourly_rate is null) > 100 as missing,
             count(*) filter (where hourly_rate <> trunc(hourly_rate)) > 100 as decimals
      from hr.employees`);
    expect(row).toEqual({ names: true, missing: true, decimals: true });
  });

  test('has foreign keys in a circle that all hold', async () => {
    const keys = await source.query(`
      select conrelid::regclass::text || ' -> ' || confrelid::regclass as key, convalidated
      from pg_constraint where contype = 'f' order by 1`);
    expect(keys).toEqual(
      [
        'hr.department_employees -> hr.departments',
        'hr.department_employees -> hr.employees',
        'hr.departments -> hr.department_employees',
        'hr.salaries -> hr.employees',
        'hr.titles -> hr.employees',
      ].map((key) => ({ key, convalidated: true })),
    );
  });

  test('takes new salaries: the sequence stands behind the last one', async () => {
    const [row] = await source.query(`
      insert into hr.salaries (employee_id, amount, currency, valid_from, recorded_at)
      values (1, 1, 'EUR', '2026-01-01', '2026-01-01') returning id`);
    expect(row).toEqual({ id: '180001' });
    await source.query('delete from hr.salaries where id = 180001');
  });
});

test('fewer employees are the first of them', async () => {
  const small = await create((client) => createSampleSource(client, { employees: 100 }));
  const [row] = await small.query('select email from hr.employees where id = 100');
  expect(row).toEqual({ email: 'grace.oeztuerk.100@example.com' });
  expect((await fingerprint(small))['salaries']).toMatch(/^300 /);
});

test('the target has the same tables, empty', async () => {
  const target = await create(createSampleTarget);
  expect(Object.values(await fingerprint(target))).toEqual(TABLES.map(() => '0 '));
});
