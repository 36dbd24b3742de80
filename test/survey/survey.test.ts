import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { RequestError, TransientError } from '../../src/errors.ts';
import type { Survey } from '../../src/model.ts';
import { parseRequest } from '../../src/request/parse.ts';
import type { Services } from '../../src/services.ts';
import { surveyDatabases } from '../../src/survey/survey.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let addresses: Record<string, DatabaseAddress>;

const NAME_OF_63_BYTES = 'ü'.repeat(31) + 'x';

beforeAll(async () => {
  source = await databases.createDatabase();
  target = await databases.createDatabase();
  await source.query(`
    create schema hr;
    create table hr.departments (id int primary key, name text not null);
    create table hr.employees (id int primary key, name text, mail text, department int references hr.departments);
    create table hr."order" ("select" int primary key);
    create table hr."${NAME_OF_63_BYTES}" ("${NAME_OF_63_BYTES}" int);
    create table hr."a.b ""c""" (id int);
    create table hr.log (id int, at date) partition by range (at);
    create table hr.log_old partition of hr.log default;
    create view hr.names as select name from hr.employees;
    insert into hr.departments values (1, 'Entwicklung')`);
  await target.query(`
    create table departments (id int primary key, name text not null);
    create table employees (id int primary key, name text, mail text, department int);
    create schema hr; create table hr.employees (id int); insert into hr.employees values (1);
    create view hr.departments as select 1 as id`);
});
beforeAll(() => {
  addresses = { 'env:SOURCE': source.address, 'env:TARGET': target.address };
});
afterAll(() => databases.dropAll());

interface Change {
  tables?: unknown[];
  targets?: Record<string, string>;
  sourceAddress?: DatabaseAddress;
  targetAddress?: DatabaseAddress;
  request?: object;
  deployment?: Services['deployment'];
}

function survey(change: Change): Promise<Survey> {
  const resolved: Record<string, DatabaseAddress> = {
    'env:SOURCE': change.sourceAddress ?? addresses['env:SOURCE']!,
    'env:TARGET': change.targetAddress ?? addresses['env:TARGET']!,
  };
  const request = parseRequest({
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE', tables: change.tables ?? ['hr.employees'] },
    target: { engine: 'postgres', connection: 'env:TARGET', tables: change.targets ?? {} },
    ...change.request,
  });
  const services = {
    now: () => new Date('2026-01-02T03:04:05Z'),
    deployment: change.deployment ?? { name: 'test' },
    resolveConnection: (reference: string) => Promise.resolve(resolved[reference]!),
  } as Partial<Services> as Services;
  return surveyDatabases(request, services);
}

async function refusal(change: Change): Promise<string> {
  const error: unknown = await survey(change).catch((problem: unknown) => problem);
  expect(error).toBeInstanceOf(RequestError);
  return (error as Error).message;
}

test('both sides are measured, and each source table is paired with its target', async () => {
  const found = await survey({
    tables: ['hr.employees', 'hr.departments'],
    targets: { 'hr.*': 'public.*', 'hr.employees': 'hr.employees' },
  });
  expect(found.surveyedAt).toBe('2026-01-02T03:04:05.000Z');
  expect(found.pairs).toEqual([
    { source: 'hr.employees', target: 'hr.employees' },
    { source: 'hr.departments', target: 'public.departments' },
  ]);
  expect(found.source).toMatchObject({
    engine: 'postgres',
    majorVersion: 18,
    database: source.name,
    readReplica: false,
  });
  expect(found.source).not.toHaveProperty('identity');
  expect(found.source.tables.map((table) => table.name)).toEqual(['hr.employees', 'hr.departments']);
  expect(found.target!.tables.map((table) => [table.name, table.hasRows])).toEqual([
    ['hr.employees', true],
    ['public.departments', false],
  ]);
  expect(JSON.parse(JSON.stringify(found))).toEqual(found);
});

test('what a connection asks for of TLS is told of each side, and the time zone of its sessions', async () => {
  await target.query(`alter database ${target.name} set timezone = 'Asia/Tokyo'`);
  const found = await survey({});
  expect(found.source).toMatchObject({ tls: 'none', timeZone: expect.any(String) });
  expect(found.target).toMatchObject({ tls: 'none', timeZone: 'Asia/Tokyo' });
  await target.query(`alter database ${target.name} reset timezone`);
});

test('large values are measured only where the load may go through DMS', async () => {
  const largest = async (change: Change) => {
    const found = await survey({ tables: ['hr.departments'], targets: { 'hr.*': 'public.*' }, ...change });
    return found.source.tables[0]!.largestLobBytes;
  };
  const deployment = { name: 'test', dms: { accessRoleArn: 'arn', subnetIds: [], securityGroupIds: [] } };
  expect(await largest({ deployment })).toBe('Entwicklung'.length);
  expect(await largest({ deployment, request: { strategy: 'direct' } })).toBeUndefined();
  expect(await largest({})).toBeUndefined();
});

test('a wildcard is every table of the schema, whatever its name, and a partition through its parent', async () => {
  const found = await survey({
    tables: ['hr.*'],
    request: { target: { engine: 's3' as const, uri: 's3://files/hr' } },
  });
  expect(found.target).toBeUndefined();
  expect(found.source.tables.map((table) => table.name).toSorted()).toEqual(
    ['hr."a.b ""c"""', 'hr.departments', 'hr.employees', 'hr.log', 'hr.order', `hr."${NAME_OF_63_BYTES}"`].toSorted(),
  );
});

test('a table that is named beside the wildcard is loaded once', async () => {
  const found = await survey({
    tables: ['hr.*', { name: 'hr.employees', columns: ['id'] }],
    request: { target: { engine: 's3' as const, uri: 's3://files/hr' } },
  });
  expect(found.source.tables.filter((table) => table.name === 'hr.employees')).toHaveLength(1);
});

async function readOnlyDatabase(prepare: string): Promise<DatabaseAddress> {
  const database = await databases.createDatabase();
  await database.query(`create schema hr; create table hr.employees as select generate_series(1, 60000) as id;
    alter table hr.employees add primary key (id); ${prepare}`);
  await database.query(`alter database ${database.name} set default_transaction_read_only = on`);
  return database.address;
}

test('a source in which nothing may be written can be surveyed, a target is refused', async () => {
  const sourceAddress = await readOnlyDatabase('');
  const found = await survey({ sourceAddress });
  expect(found.source.tables[0]!.keyQuantiles).not.toEqual([]);
  const targetAddress = await readOnlyDatabase('truncate hr.employees');
  await expect(survey({ sourceAddress, targetAddress })).rejects.toThrow(
    'target.connection: the database, or the role, is set to read only',
  );
});

describe('what is not there', () => {
  test('a missing table is named, with the one that was meant', async () => {
    const message = await refusal({ tables: ['hr.departments', 'hr.employes'] });
    expect(message).toContain('source.tables[1] ("hr.employes")');
    expect(message).toContain('Did you mean hr.employees?');
  });

  test('when none is near, what exists is listed', async () => {
    expect(await refusal({ tables: ['hr.zzzzzzzzzzzz'] })).toMatch(/There are: .*hr\.departments, hr\.employees/);
  });

  test('a schema without tables', async () => {
    expect(await refusal({ tables: ['nowhere.*'] })).toMatch(
      /source\.tables\[0\] \("nowhere\.\*"\).*no tables in this schema/,
    );
  });

  test('a missing target table', async () => {
    const message = await refusal({ targets: { 'hr.employees': 'public.employee' } });
    expect(message).toContain('target.tables["hr.employees"] ("public.employee")');
    expect(message).toContain('Did you mean public.employees?');
  });

  test('a column of columns or where', async () => {
    const tables = [{ name: 'hr.employees', columns: ['id', 'e-mail'] }];
    expect(await refusal({ tables })).toContain('source.tables[0].columns[1] ("e-mail")');
    const where = [{ name: 'hr.employees', where: [{ column: 'nmae', is: 'x' }] }];
    expect(await refusal({ tables: where })).toMatch(
      /source\.tables\[0\]\.where\[0\]\.column \("nmae"\).*Did you mean name\?/,
    );
  });
});

describe('what can not be loaded', () => {
  test('a view, as source or as target', async () => {
    expect(await refusal({ tables: ['hr.names'] })).toContain('it is a view, not a table');
    expect(await refusal({ tables: ['hr.departments'] })).toContain('it is a view, not a table');
  });

  test('a partition beside its parent', async () => {
    expect(await refusal({ tables: ['hr.log', 'hr.log_old'] })).toContain(
      'it is a partition of hr.log, which is loaded too',
    );
  });

  test('two tables into one, found out when the wildcard is expanded', async () => {
    await source.query('create schema crm; create table crm.employees (id int)');
    const targets = { 'hr.*': 'public.*', 'crm.employees': 'public.employees' };
    const message = await refusal({ tables: ['hr.*', 'crm.employees'], targets });
    expect(message).toContain('hr.employees and crm.employees would both go into it');
  });

  test('a table into itself, however the database was found', async () => {
    expect(await refusal({ targetAddress: { ...source.address, host: 'localhost' } })).toContain('loaded into itself');
  });

  test('an engine that cannot be surveyed', async () => {
    const other = { source: { engine: 'oracle', connection: 'env:SOURCE', tables: ['hr.employees'] } };
    expect(await refusal({ request: other })).toContain('source.engine ("oracle")');
    const into = { target: { engine: 'mysql', connection: 'env:TARGET' } };
    expect(await refusal({ request: into })).toContain('target.engine ("mysql")');
  });
});

describe('what the role may not do', () => {
  test('read the schema, the table or a column', async () => {
    const role = await databases.createRole();
    const sourceAddress = source.addressFor(role.user, role.password);
    expect(await refusal({ sourceAddress })).toContain('may not use the schema hr');
    await source.query(`grant usage on schema hr to ${role.user}`);
    expect(await refusal({ sourceAddress })).toContain('may not read the column id');
    await source.query(`grant select (id, name) on hr.employees to ${role.user}`);
    expect(await refusal({ sourceAddress })).toContain('may not read the column mail');
    const tables = [{ name: 'hr.employees', columns: ['id', 'name'] }];
    expect((await survey({ tables, sourceAddress })).source.tables).toHaveLength(1);
  });

  test('own the target table, and create beside it', async () => {
    const role = await databases.createRole();
    const owner = await databases.createRole();
    const targetAddress = target.addressFor(role.user, role.password);
    await target.query(
      `create schema own; create table own.employees (id int); alter table own.employees owner to ${owner.user}`,
    );
    const targets = { 'hr.employees': 'own.employees' };
    expect(await refusal({ targets, targetAddress })).toContain(`the table belongs to ${owner.user}`);
    await target.query(`grant ${owner.user} to ${role.user}; grant usage on schema own to ${role.user}`);
    expect(await refusal({ targets, targetAddress })).toContain('Grant it CREATE and USAGE on the schema');
    await target.query(`grant create on schema own to ${role.user}; revoke usage on schema own from ${role.user}`);
    expect(await refusal({ targets, targetAddress })).toContain('Grant it CREATE and USAGE on the schema');
    await target.query(`grant usage on schema own to ${role.user}`);
    expect((await survey({ targets, targetAddress })).pairs).toEqual([
      { source: 'hr.employees', target: 'own.employees' },
    ]);
  });
});

describe('what is in the way', () => {
  test('a wrong password and an unreachable host name their side', async () => {
    expect(await refusal({ sourceAddress: source.addressFor(source.address.user, 'canary-secret') })).toMatch(
      /^source\.connection/,
    );
    const message = await refusal({ targetAddress: { ...target.address, port: 1 } });
    expect(message).toMatch(/^target\.connection .*cannot be reached/);
    expect(message).not.toContain(target.address.password);
  });

  test('a connection that is cut in the middle may work when tried again', async () => {
    const proxy = createServer((socket) => socket.once('data', () => socket.destroy()));
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const port = (proxy.address() as AddressInfo).port;
    await expect(survey({ sourceAddress: { ...source.address, port } })).rejects.toBeInstanceOf(TransientError);
    proxy.close();
  });
});
