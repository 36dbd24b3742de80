import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadResult, Plan } from '../../src/model.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { type } from './terminal.ts';

const databases = openTestDatabases();
const TABLES = 'create schema hr; create table hr.employees (id int primary key, name text not null)';
let directory: string;
let source: TestDatabase;
let target: TestDatabase;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-here-test-'));
  source = await databases.createDatabase();
  target = await databases.createDatabase();
  await source.query(
    `${TABLES}; insert into hr.employees select i, 'Łukasz ' || i from generate_series(1, 1000) i; analyze`,
  );
  await target.query(TABLES);
  process.env['RUN_HERE_SOURCE'] = source.url;
  process.env['RUN_HERE_TARGET'] = target.url;
});
afterAll(async () => {
  await databases.dropAll();
  await rm(directory, { recursive: true });
});

const request = JSON.stringify({
  dataset: 'employees',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:RUN_HERE_SOURCE', tables: ['hr.*'] },
  target: { engine: 'postgres', connection: 'env:RUN_HERE_TARGET' },
  notify: [{ channel: 'sqs', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/mailer' }],
});
const here = (...args: string[]) => type([...args, '--local', '--store', join(directory, 'store')], request);
const tables = (database: TestDatabase) =>
  database.query(`select table_schema || '.' || table_name as name, (select count(*)::int from hr.employees) as rows
                  from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')`);

describe('on this machine', () => {
  test('a plan says what would be done and touches nothing', async () => {
    const { status, stdout, stderr } = await here('plan', '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^strategy +direct\nbecause /);
    expect(stdout).toMatch(/rejected +dms: /);
    expect(stdout).toMatch(/hr\.employees +hr\.employees +id +1,000/);
    expect(await readdir(directory)).toEqual([]);
    expect(await tables(target)).toEqual([{ name: 'hr.employees', rows: 0 }]);
  });

  test('a plan as JSON is the whole plan', async () => {
    const { stdout } = await here('plan', '-', '--json');
    const plan = JSON.parse(stdout) as Plan;
    expect(plan).toMatchObject({ strategy: 'direct', tables: [{ source: 'hr.employees', estimatedRows: 1_000 }] });
    expect(new Set(plan.shards.flatMap(({ ranges }) => ranges))).toEqual(new Set(plan.ranges.map(({ id }) => id)));
  });

  test('a request that cannot be is refused before anything is made', async () => {
    await target.query(`insert into hr.employees values (0, 'in the way')`);
    const { status, stdout, stderr } = await here('run', '-', '--load-id', 'refused');
    await target.query('truncate hr.employees');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/\ninitial-load: target\.tables \("hr\.employees"\): this table is not empty\. .*\n$/);
    expect(stderr).not.toContain('Tearing down');
    expect(await tables(target)).toEqual([{ name: 'hr.employees', rows: 0 }]);
  });

  test('a run tells its steps on standard error and prints exactly the result', async () => {
    const { status, stdout, stderr } = await here('run', '-', '--load-id', 'mailer-1', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      loadId: 'mailer-1',
      status: 'SUCCEEDED',
      tearDown: 'complete',
      tables: [{ source: 'hr.employees', sourceRows: 1_000, targetRows: 1_000, verified: true }],
      notifications: [{ channel: 'sqs', status: 'printed' }],
    });
    const steps = ['Surveying', 'Preparing', 'Copying', 'Restoring', 'Counting', 'Notifying', 'Tearing down'];
    const places = steps.map((step) => stderr.indexOf(step));
    expect(places).toEqual(places.toSorted((one, other) => one - other));
    expect(places[0]).toBeGreaterThan(0);
    expect(stderr).toContain('hr.employees  1,000 rows copied');
    expect(stderr).toContain('InitialLoadSucceeded to sqs');
    expect(await tables(target)).toEqual([{ name: 'hr.employees', rows: 1_000 }]);
  });

  test('status, report and tear-down know the load afterwards', async () => {
    const [status, report, tearDown] = [
      await here('status', 'mailer-1'),
      await here('report', 'mailer-1', '--json'),
      await here('tear-down', 'mailer-1'),
    ];
    expect([status.status, report.status, tearDown.status]).toEqual([0, 0, 0]);
    expect(status.stdout).toContain('mailer-1, attempt 1: SUCCEEDED');
    expect((JSON.parse(report.stdout) as LoadResult).tables[0]?.verified).toBe(true);
    expect(tearDown.stdout).toContain('Tear-down: complete');
    expect(await tables(target)).toEqual([{ name: 'hr.employees', rows: 1_000 }]);
  });

  test('no password is written anywhere', async () => {
    const { stdout, stderr } = await here('run', '-', '--load-id', 'mailer-2');
    expect(stdout + stderr).not.toContain(source.address.password);
    expect(stdout + stderr).not.toBe('');
  });
});
