import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Load } from '../../src/services.ts';
import { verificationDocument } from '../../src/store/documents.ts';
import { glueStandIns, stopGlueStandIns, throughGlue } from '../support/glue-stage.ts';
import { advanceAll, loadAll, plannedLoad, provision, requestOf, tearDown, type LoadStage } from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { setSparkStage, SPARK_TEST_MILLISECONDS } from '../support/spark-stage.ts';

jest.setTimeout(SPARK_TEST_MILLISECONDS);

/** The request's own module, run by real Spark. */

const EXAMPLE = fileURLToPath(new URL('../../examples/transform.py', import.meta.url));
const SOURCE = `create schema hr;
  create table hr.departments (id int primary key, name text);
  create table hr.employees (id int primary key, mail text, phone text, skills text, ssn text, salary numeric(50,25));
  insert into hr.departments select g, 'department ' || g from generate_series(1, 10) g;
  insert into hr.employees values
    (1, ' Anna@Example.COM ', '0048 601 602 603', 'sql, python', 'secret', 1234567890123456789012345.0000000000000000000000001),
    (2, null, '601-602-604', null, 'secret', null), (3, 'ü@example.com', null, 'żeglarstwo', 'secret', 0.1);
  analyze;`;
const TARGET = `create schema hr;
  create table hr.departments (id int primary key, name text);
  create table hr.employees (id int not null, email text, phone text, skill text, salary numeric(50,25),
    loaded text default 'by default');`;

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: LoadStage;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'own-module-test-'));
  source = await databases.createDatabase();
  await source.query(SOURCE);
});
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query(TARGET);
  stage = await setSparkStage(source.address, target.address);
});
afterEach(() => stage.remove());
afterAll(async () => {
  await stopGlueStandIns();
  await databases.dropAll();
  await rm(directory, { recursive: true });
});

function planned(script: string, loadId: string): Promise<Load> {
  const transform = { script, 'hr.employees': { drop: ['ssn'], rename: { mail: 'email' } } };
  const request = requestOf(['hr.*'], { ...throughGlue, transform, limits: { deadlineMinutes: 20_160 } });
  return plannedLoad(stage.services, request, loadId);
}

test('the example, an object in S3, makes the rows; what it leaves as it is loses nothing', async () => {
  const { directory: objects } = await glueStandIns();
  await cp(EXAMPLE, join(objects, 'exports/modules/transform.py'));
  const load = await planned('s3://exports/modules/transform.py', 'example');
  const isVerified = await loadAll(load);

  expect(await target.query('select *, salary::text as salary from hr.employees order by id, skill')).toEqual([
    row(1, 'anna@example.com', '+48601602603', 'python', '1234567890123456789012345.0000000000000000000000001'),
    row(1, 'anna@example.com', '+48601602603', 'sql', '1234567890123456789012345.0000000000000000000000001'),
    row(2, null, '+48601602604', null, null),
    row(3, 'ü@example.com', null, 'żeglarstwo', '0.1000000000000000000000000'),
  ]);
  const departments = 'select * from hr.departments order by id';
  expect(await target.query(departments)).toEqual(await source.query(departments));
  // What a module leaves only the job can count.
  expect(await load.documents.need(verificationDocument)).toMatchObject([
    { source: 'hr.departments', targetRows: 10, verified: true, note: expect.stringContaining('script') },
    { source: 'hr.employees', targetRows: 4, verified: true, note: expect.stringContaining('script') },
  ]);
  expect(isVerified).toBe(true);
});

function row(id: number, email: string | null, phone: string | null, skill: string | null, salary: string | null) {
  return { id, email, phone, skill, salary, loaded: 'by default' };
}

const WRONG: [what: string, text: string, said: string][] = [
  [
    'without transform()',
    'def transfrom(table, rows, spark):\n    return rows\n',
    'transform.script: the module has no function transform(table, rows, spark)',
  ],
  [
    'that raises',
    `def transform(table, rows, spark):\n    raise ValueError('no ' + table)\n`,
    'hr.departments: transform.script: hr.departments: ValueError: no hr.departments (line 2)',
  ],
  [
    'that answers a column which the target lacks',
    `def transform(table, rows, spark):\n    return rows.withColumn('extra', rows['id'])\n`,
    'transform.script: hr.departments: the target has no column "extra"',
  ],
];

test.each(WRONG)('a module %s, a file, fails the load, which says so and leaves nothing', async (what, text, said) => {
  const script = join(directory, `${what.replaceAll(/\W+/g, '-')}.py`);
  await writeFile(script, text);
  const load = await planned(script, 'wrong-module');
  await provision(load);
  await expect(advanceAll(load)).rejects.toThrow(said);
  await tearDown(load, 'failed');
  const { resources } = await glueStandIns();
  expect(resources()).toEqual([]);
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  const rows = 'select (select count(*) from hr.employees) + (select count(*) from hr.departments) as rows';
  expect(await target.query(rows)).toEqual([{ rows: '0' }]);
});
