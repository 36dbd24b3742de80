import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { planLoad } from '../../src/plan/plan-load.ts';
import { unbounded } from '../../src/request/bounds.ts';
import type { Services } from '../../src/services.ts';
import type { LoadStore } from '../../src/store/load-store.ts';
import { checkedRequest } from '../request/requests.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;

const TABLES = `create schema hr;
  create table hr.departments (id int primary key, name text not null);
  create table hr.employees (id int primary key, department_id int references hr.departments, mail text);`;

beforeEach(async () => {
  source = await databases.createDatabase();
  target = await databases.createDatabase();
  await source.query(
    `${TABLES} insert into hr.departments values (1, 'Sales'); insert into hr.employees values (1, 1, 'a@b.c')`,
  );
  await target.query(TABLES);
});
afterAll(() => databases.dropAll());

function services(sourceAddress = source.address): Services {
  const refused = () => Promise.reject(new Error('The plan may not use this.'));
  return {
    store: new Proxy({} as LoadStore, { get: () => refused }),
    now: () => new Date(),
    bounds: unbounded,
    deployment: { name: 'test' },
    resolveConnection: async (reference) => (reference === 'env:SOURCE_URL' ? sourceAddress : target.address),
    resolveSecret: refused,
    resolveBrokers: refused,
    channels: new Proxy({} as Services['channels'], { get: () => refused }),
    invocationSeconds: 840,
    keepHours: 24,
  };
}

const request = (fields: Record<string, unknown> = {}) =>
  checkedRequest({ source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['hr.*'] }, ...fields });
const into = (fields: Record<string, unknown>) => ({
  target: { engine: 'postgres', connection: 'env:TARGET_URL', ...fields },
});

/** Everything that a plan could leave behind in a database. */
async function objectsOf(database: TestDatabase): Promise<unknown> {
  return database.query(`select c.oid::regclass::text, c.reltuples, c.relhastriggers, (select count(*) from pg_constraint) as constraints
                           from pg_class c where relnamespace = 'hr'::regnamespace order by 1`);
}

describe('a plan', () => {
  test('is made of what is in the databases', async () => {
    const { survey, plan } = await planLoad(request(), services());
    expect(survey.pairs).toEqual([
      { source: 'hr.departments', target: 'hr.departments' },
      { source: 'hr.employees', target: 'hr.employees' },
    ]);
    expect(plan).toMatchObject({ strategy: 'direct', consistency: 'one-snapshot', concurrency: 1 });
    expect(plan.tables).toMatchObject([
      { source: 'hr.departments', format: 'binary', key: ['id'] },
      { source: 'hr.employees', format: 'binary', key: ['id'] },
    ]);
    expect(plan.rejected.map(({ strategy }) => strategy)).toEqual(['dms', 'kafka-topic', 'glue', 'replay']);
  });

  test('touches nothing, neither in the databases nor in the store', async () => {
    const before = [await objectsOf(source), await objectsOf(target)];
    await planLoad(request(), services());
    expect([await objectsOf(source), await objectsOf(target)]).toEqual(before);
  });
});

describe('a target with rows', () => {
  beforeEach(async () => {
    await target.query(`insert into hr.departments values (9, 'Old')`);
  });

  test('is refused by the name of the table', async () => {
    await expect(planLoad(request(), services())).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringContaining('target.tables ("hr.departments"): this table is not empty'),
    });
  });

  test.each([
    ['truncated', into({ ifNotEmpty: 'truncate' })],
    ['written over by key', { ...into({ ifNotEmpty: 'upsert' }), onFailure: 'keep' }],
  ])('may be %s when asked', async (_case, fields) => {
    expect((await planLoad(request(fields), services())).plan.strategy).toBe('direct');
  });
});

test('rows that row-level security hides are no plan to be made', async () => {
  const { user, password } = await databases.createRole();
  await source.query(`grant usage on schema hr to ${user}; grant select on all tables in schema hr to ${user};
    alter table hr.employees enable row level security; create policy own on hr.employees using (id = 2)`);
  await expect(planLoad(request(), services(source.addressFor(user, password)))).rejects.toMatchObject({
    name: 'RequestError',
    field: 'source.connection',
    message: expect.stringContaining('source.connection ("hr.employees"): row-level security may hide rows'),
  });
});

test('columns that do not fit are found before anything else happens', async () => {
  await target.query('alter table hr.employees alter column id type smallint');
  await expect(planLoad(request(), services())).rejects.toMatchObject({
    name: 'RequestError',
    field: 'column id of hr.employees',
  });
});
