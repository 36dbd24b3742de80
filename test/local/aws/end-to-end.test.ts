import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';
import {
  createEndpoint,
  createInstance,
  lookAtTask,
  putSecrets,
  setStage,
  startTask,
  tablesOf,
  taskInput,
  type Stage,
} from './stage.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: Stage;

const TABLES = `
  create schema hr;
  create table hr.employees (id int primary key, name text not null, photo bytea, hired date);
  create table hr.log (at timestamptz not null, line text);`;

beforeAll(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  await source.query(TABLES);
  await target.query(TABLES);
  await source.query(`
    insert into hr.employees select g, 'Łukasz ' || g, '\\x00ff', date '2020-01-01' + g from generate_series(1, 2500) g;
    insert into hr.log select now(), case when g % 3 > 0 then 'line ' || g end from generate_series(1, 300) g;`);
  stage = await setStage();
  putSecrets(stage, { source, target });
});

afterAll(async () => {
  await stage.end();
  await databases.dropAll();
});

test('everything is made, the rows are moved, and everything is gone in order', async () => {
  const { client, pass, aws } = stage;
  const group = { ReplicationSubnetGroupIdentifier: 'il-1-subnets' };
  await client.send(
    new sdk.CreateReplicationSubnetGroupCommand({
      ...group,
      ReplicationSubnetGroupDescription: 'for a test',
      SubnetIds: ['subnet-a', 'subnet-b'],
    }),
  );
  const instance = await createInstance(stage, 'il-1-instance', group);
  expect(instance).toBe('arn:aws:dms:eu-central-1:000000000000:rep:il-1-instance');
  const sourceArn = await createEndpoint(stage, 'source', { DatabaseName: source.name });
  const targetArn = await createEndpoint(stage, 'target', { DatabaseName: target.name });
  pass(481);
  for (const EndpointArn of [sourceArn, targetArn]) {
    await client.send(new sdk.TestConnectionCommand({ ReplicationInstanceArn: instance, EndpointArn }));
  }
  const input = taskInput({ instance, source: sourceArn, target: targetArn });
  const created = await client.send(new sdk.CreateReplicationTaskCommand(input));
  const task = created.ReplicationTask!.ReplicationTaskArn!;
  expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'creating' });
  pass(61);
  expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'ready' });
  await startTask(stage, task);
  await aws.dms.settled();
  expect(await lookAtTask(stage, task)).toMatchObject({
    Status: 'stopped',
    StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
    ReplicationTaskStats: { FullLoadProgressPercent: 100, TablesLoaded: 2, TablesErrored: 0 },
  });
  expect(await tablesOf(stage, task)).toMatchObject([
    { SchemaName: 'hr', TableName: 'employees', FullLoadRows: 2_500, TableState: 'Table completed' },
    { SchemaName: 'hr', TableName: 'log', FullLoadRows: 300, TableState: 'Table completed' },
  ]);
  for (const table of ['hr.employees', 'hr.log']) {
    const digest = `select md5(string_agg(t::text, '|' order by t::text)) from ${table} t`;
    expect(await target.query(digest)).toEqual(await source.query(digest));
  }
  // Of this database: another file's tests may have theirs at the same time.
  const sessions = `select count(*)::int as open from pg_stat_activity
    where application_name = 'dms stand-in' and datname = current_database()`;
  expect(await source.query(sessions)).toEqual([{ open: 0 }]);

  const deleteInstance = () =>
    client.send(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn: instance }));
  const deleteEndpoint = (EndpointArn: string) => client.send(new sdk.DeleteEndpointCommand({ EndpointArn }));
  const deleteGroup = () => client.send(new sdk.DeleteReplicationSubnetGroupCommand(group));
  const stillInUse = { name: 'InvalidResourceStateFault' };
  await expect(deleteInstance()).rejects.toMatchObject(stillInUse);
  await expect(deleteEndpoint(sourceArn)).rejects.toMatchObject(stillInUse);
  await client.send(new sdk.DeleteReplicationTaskCommand({ ReplicationTaskArn: task }));
  expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'deleting' });
  await expect(deleteInstance()).rejects.toMatchObject(stillInUse);
  pass(91);
  await expect(lookAtTask(stage, task)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
  await deleteEndpoint(sourceArn);
  await deleteEndpoint(targetArn);
  await deleteInstance();
  await expect(deleteGroup()).rejects.toMatchObject(stillInUse);
  expect(aws.resources().map(({ type }) => type)).toEqual([
    'subnet group',
    'replication instance',
    'endpoint',
    'endpoint',
  ]);
  pass(241);
  await deleteGroup();
  expect(aws.resources()).toEqual([]);
});
