import { afterAll, afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Load } from '../../src/services.ts';
import { verificationDocument } from '../../src/store/documents.ts';
import { stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import { advanceAll, loadAll, plannedLoad, provision, requestOf, tearDown, type LoadStage } from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** Every kind of transformation that a request can ask for, by real Spark, beside the same by SQL on the source. */

const SOURCE = `create schema hr;
  create table hr.employees (id int primary key, mail text, first_name text not null, last_name text, ssn text,
    phone text, salary text, pay numeric(10,2), hired date not null, seen timestamp, active boolean not null);
  insert into hr.employees
    select g, case when g % 50 > 0 then 'm' || g % 700 || '@example.com' end, 'Łukasz ' || g, case when g % 9 > 0 then 'O''Neil' end,
      'ssn ' || g, case when g % 11 > 0 then '+48 ' || g end, (g * 1.005)::text, g * 1.25, date '2010-01-01' + g % 3000,
      timestamp '2024-03-31 02:30:00.123456' + g * interval '1 hour', g % 5 > 0
    from generate_series(1, 2000) g;
  create table hr.notes (id int primary key, note text);
  insert into hr.notes select g, repeat('x', g % 10) from generate_series(1, 100) g;
  analyze;`;
const TARGET = `create schema hr;
  create table hr.employees (id int primary key, email text, salary numeric(12,2), paid numeric(10,2), hired date not null,
    phone text, full_name text not null, hired_year int, monthly numeric(12,4), seen_at timestamp, nothing text);
  create table hr.notes (id int primary key, note text);`;

const EMPLOYEES = {
  filter: "active AND hired >= '2012-01-01'",
  deduplicate: { key: ['mail'], keep: 'hired desc, id' },
  derive: {
    full_name: "concat_ws(' ', first_name, last_name)",
    hired_year: 'year(hired)',
    monthly: 'pay / 12',
    seen_at: 'seen',
    nothing: 'cast(null as string)',
  },
  cast: { salary: 'decimal(12,2)' },
  mask: ['phone'],
  drop: ['first_name', 'last_name', 'ssn', 'active', 'seen'],
  rename: { mail: 'email', pay: 'paid' },
};
/** Only Spark knows what length means, so only the job can count what is left. */
const NOTES = { filter: 'length(note) > 6' };

/** What the same is in SQL. */
const EXPECTED = `select distinct on (mail) id, mail as email, round(salary::numeric, 2) as salary, pay as paid, hired,
    encode(sha256(convert_to(phone, 'UTF8')), 'hex') as phone, concat_ws(' ', first_name, last_name) as full_name,
    extract(year from hired)::int as hired_year, round(pay / 12, 4)::numeric(12,4) as monthly, seen as seen_at, null::text as nothing
  from hr.employees where active and hired >= '2012-01-01' order by mail, hired desc, id`;

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;

beforeEach(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  await source.query(SOURCE);
  await target.query(TARGET);
  stage = await setSparkStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(async () => {
  await stopGlueStandIns();
  await databases.dropAll();
});

function planned(transform: object, loadId: string): Promise<Load> {
  const request = requestOf(['hr.*'], { ...throughGlue, transform, limits: { deadlineMinutes: 20_160 } });
  return plannedLoad(stage.services, request, loadId);
}

test('every kind of it at once: the values are those of the same query on the source, the counts too', async () => {
  const load = await planned({ 'hr.employees': EMPLOYEES, 'hr.notes': NOTES }, 'every-kind');
  const isVerified = await loadAll(load);

  const rows = await target.query('select t::text as row from hr.employees t order by id');
  expect(rows).toEqual(await source.query(`select t::text as row from (${EXPECTED}) t order by id`));
  const notes = 'select * from hr.notes where length(note) > 6 order by id';
  expect(await target.query('select * from hr.notes order by id')).toEqual(await source.query(notes));

  const verified = await load.documents.need(verificationDocument);
  expect(verified).toMatchObject([
    { source: 'hr.employees', sourceRows: rows.length, targetRows: rows.length, verified: true, mismatches: [] },
    { source: 'hr.notes', targetRows: 30, verified: true, note: expect.stringContaining('filter') },
  ]);
  // Of the first table the source itself was asked.
  expect(verified[0]).not.toHaveProperty('note');
  expect(isVerified).toBe(true);
});

/** Loads a request that fails. @returns what it failed with, after which nothing is there that wasn't */
async function failureOf(transform: object, loadId: string): Promise<string> {
  const load = await planned(transform, loadId);
  await provision(load);
  const failure = await advanceAll(load).then(() => 'nothing', String);
  // No table was begun with, also not the one whose own transformation is right.
  const rows = 'select (select count(*) from hr.employees) + (select count(*) from hr.notes) as rows';
  expect(await target.query(rows)).toEqual([{ rows: '0' }]);
  await tearDown(load, 'failed');
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  return failure;
}

test('an expression that Spark does not take fails the load before a row is written, with the table and the field', async () => {
  const wrong = { derive: { ...EMPLOYEES.derive, full_name: 'concat_ws(first_name, last_nam)' } };
  const failure = await failureOf(
    { 'hr.employees': { ...EMPLOYEES, ...wrong }, 'hr.notes': NOTES },
    'wrong-expression',
  );
  expect(failure).toMatch(/^LoadFailedError: hr\.employees: transform\["hr\.employees"\]\.derive\.full_name: /);
  expect(failure).toContain('last_nam');
});

test('a value that cannot be cast fails the load, and is no NULL', async () => {
  await source.query(`update hr.employees set salary = 'a lot' where id = 1777`);
  const failure = await failureOf({ 'hr.employees': EMPLOYEES, 'hr.notes': NOTES }, 'wrong-value');
  expect(failure).toContain('hr.employees: ');
  expect(failure).toContain("'a lot'");
});
