import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import {
  createEndpoint,
  createInstance,
  everythingIn,
  lookAtTask,
  loudSettings,
  setStage,
  startTask,
  tablesOf,
  taskInput,
  type Stage,
} from '../local/aws/stage.ts';
import { startMariadb, type MariadbServer } from '../support/mariadb.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** The stand-in for DMS with MariaDB as its source. */

const databases = openTestDatabases();
let server: MariadbServer;
let target: TestDatabase;
let stage: Stage;

beforeAll(async () => {
  server = await startMariadb();
  await server.query(`create database shop; use shop;
    create table items (id int primary key, kind varchar(10), price float, photo varbinary(10), until date);
    insert into items select seq, if(seq % 2, 'it''s', 'a\\\\b'), 0.1, unhex('00ff'), if(seq % 3, null, '2020-01-01') from seq_1_to_5000;
    create table names (name varchar(10), unique (name), note text)`);
  target = await databases.createDatabase();
});
beforeEach(async () => {
  await target.query(`drop schema if exists shop cascade; create schema shop;
    create table shop.items (id int primary key, kind text, price real, photo bytea, until date);
    create table shop.names (name text, note text)`);
  stage = await setStage({ throttles: false });
  stage.aws.secrets.put('source', secretOf(server.address));
  stage.aws.secrets.put('target', secretOf(target.address));
});
afterEach(() => stage.end());
afterAll(async () => {
  await server.stop();
  await databases.dropAll();
});

function secretOf({ host, port, user, password }: MariadbServer['address']): string {
  return JSON.stringify({ host, port, username: user, password });
}

async function makeTask(...rules: object[]): Promise<string> {
  return makeTaskWith(loudSettings(), ...rules);
}

async function makeTaskWith(settings: object, ...rules: object[]): Promise<string> {
  const secret = {
    SecretsManagerSecretId: 'source',
    SecretsManagerAccessRoleArn: 'arn:aws:iam::000000000000:role/dms',
  };
  const source = await createEndpoint(stage, 'source', {
    DatabaseName: 'shop',
    EngineName: 'mariadb',
    PostgreSQLSettings: undefined,
    MySQLSettings: secret,
  });
  const on = {
    source,
    target: await createEndpoint(stage, 'target', { DatabaseName: target.name }),
    instance: await createInstance(stage),
  };
  stage.pass(481);
  for (const EndpointArn of [on.source, on.target]) {
    await stage.client.send(new sdk.TestConnectionCommand({ ReplicationInstanceArn: on.instance, EndpointArn }));
  }
  const [, ...chosen] = everythingIn('shop', ...rules).rules;
  const mappings = { rules: rules.length === 0 ? everythingIn('shop').rules : chosen };
  const { ReplicationTask } = await stage.client.send(
    new sdk.CreateReplicationTaskCommand(taskInput(on, { mappings, settings })),
  );
  stage.pass(61);
  return ReplicationTask!.ReplicationTaskArn!;
}

async function until(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
}
const items = { 'object-locator': { 'schema-name': 'shop', 'table-name': 'items' } };
const sessions = async () =>
  (await server.query('select count(*) as n from information_schema.processlist where id <> connection_id()'))[0]!['n'];

test('values arrive as they were, range after range, and every row once', async () => {
  const ranges = { type: 'ranges', columns: ['id'], boundaries: [['1'], ['2500'], ['9999']] };
  const task = await makeTask(
    { 'rule-type': 'selection', 'rule-action': 'include', ...items },
    { 'rule-type': 'table-settings', ...items, 'parallel-load': ranges },
  );
  await startTask(stage, task);
  await stage.aws.dms.settled();
  expect(await lookAtTask(stage, task)).toMatchObject({ StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' });
  const rows = await target.query(`select count(*)::int as n, min(kind) as a, max(kind) as b, max(price) as price,
    max(encode(photo, 'hex')) as photo, count(until)::int as dates from shop.items`);
  expect(rows).toEqual([{ n: 5_000, a: 'a\\b', b: "it's", price: 0.1, photo: '00ff', dates: 1_666 }]);
});

test('rows are filtered', async () => {
  const filter = (column: string, condition: object) => ({
    'filter-type': 'source',
    'column-name': column,
    'filter-conditions': [condition],
  });
  const filters = [
    filter('kind', { 'filter-operator': 'eq', value: 'a\\b' }),
    filter('id', { 'filter-operator': 'between', 'start-value': '10', 'end-value': '20' }),
    filter('until', { 'filter-operator': 'null' }),
  ];
  const task = await makeTask({ 'rule-type': 'selection', 'rule-action': 'include', ...items, filters });
  await startTask(stage, task);
  await stage.aws.dms.settled();
  const ids = await target.query('select id from shop.items order by id');
  expect(ids.map(({ id }) => id)).toEqual([10, 14, 16, 20]);
});

test('a run that is stopped between rows leaves no session', async () => {
  const before = await sessions();
  stage.aws.dms.dataFaults.runStalls({ afterRows: 1_500 });
  const task = await makeTask();
  await startTask(stage, task);
  await until(async () => (await tablesOf(stage, task))[0]?.FullLoadRows === 1_500);
  await stage.client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task }));
  await until(async () => (await sessions()) === before);
  expect(await target.query('select count(*)::int as n from shop.items')).toEqual([{ n: 1_500 }]);
});

test('a run whose source gives no answer is cut off', async () => {
  const before = await sessions();
  await server.query('lock tables shop.items write');
  try {
    const task = await makeTask();
    await startTask(stage, task);
    await until(async () => (await tablesOf(stage, task))[0]?.TableState === 'Full load');
    await stage.client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task }));
    stage.pass(31);
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason NORMAL' });
  } finally {
    await server.query('unlock tables');
  }
  await until(async () => (await sessions()) === before);
});

test('so is one that waits for the count that validates a table', async () => {
  const task = await makeTaskWith(loudSettings({ ValidationSettings: { EnableValidation: true } }), {
    'rule-type': 'selection',
    'rule-action': 'include',
    ...items,
  });
  await target.query(
    'create function lock() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return null; end $$',
  );
  await target.query('create trigger lock after insert on shop.items for each statement execute function lock()');
  await startTask(stage, task);
  // The last rows are on their way: the source isn't asked for any more of them.
  await until(async () => (await tablesOf(stage, task))[0]?.FullLoadRows === 4_000);
  const locked = server.query('lock tables shop.items write');
  await until(async () => (await tablesOf(stage, task))[0]?.TableState === 'Table completed');
  await locked;
  await stage.client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task }));
  await server.query('unlock tables');
  stage.pass(31);
  expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason NORMAL' });
});
