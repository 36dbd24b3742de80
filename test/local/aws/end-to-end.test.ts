import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import { useStandIns } from '../../../local/aws/environment.ts';
import { startAwsStandIns, type AwsStandIns } from '../../../local/aws/stand-ins.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let aws: AwsStandIns;
let release: () => void;
let client: sdk.DatabaseMigrationServiceClient;
let at = new Date('2026-03-01T08:00:00Z');
const pass = (seconds: number) => {
  at = new Date(at.getTime() + seconds * 1_000);
};

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
  aws = await startAwsStandIns({ now: () => at });
  release = useStandIns(aws);
  client = new sdk.DatabaseMigrationServiceClient({});
  for (const [name, { address }] of Object.entries({ source, target })) {
    const { host, port, user, password } = address;
    aws.secrets.put(name, JSON.stringify({ host, port, username: user, password }));
  }
});

afterAll(async () => {
  client.destroy();
  release();
  await aws.stop();
  await databases.dropAll();
});

test('everything is made, the rows are moved, and everything is gone in order', async () => {
  const subnets = { ReplicationSubnetGroupIdentifier: 'il-1-subnets' };
  await client.send(
    new sdk.CreateReplicationSubnetGroupCommand({
      ...subnets,
      ReplicationSubnetGroupDescription: 'for a test',
      SubnetIds: ['subnet-a', 'subnet-b'],
    }),
  );
  const instance = await client.send(
    new sdk.CreateReplicationInstanceCommand({
      ReplicationInstanceIdentifier: 'il-1-instance',
      ReplicationInstanceClass: 'dms.t3.medium',
      ResourceIdentifier: 'il-1-instance',
      ...subnets,
    }),
  );
  const ReplicationInstanceArn = instance.ReplicationInstance?.ReplicationInstanceArn;
  expect(ReplicationInstanceArn).toBe('arn:aws:dms:eu-central-1:000000000000:rep:il-1-instance');
  const [sourceArn, targetArn] = [await createEndpoint('source'), await createEndpoint('target')];

  pass(481);
  for (const EndpointArn of [sourceArn, targetArn]) {
    await client.send(new sdk.TestConnectionCommand({ ReplicationInstanceArn, EndpointArn }));
  }
  const task = {
    ReplicationTaskIdentifier: 'il-1-task',
    SourceEndpointArn: sourceArn,
    TargetEndpointArn: targetArn,
    ReplicationInstanceArn,
    MigrationType: 'full-load' as const,
    TableMappings: JSON.stringify({
      rules: [
        {
          'rule-type': 'selection',
          'rule-id': '1',
          'rule-name': 'all',
          'rule-action': 'include',
          'object-locator': { 'schema-name': 'hr', 'table-name': '%' },
        },
      ],
    }),
    ReplicationTaskSettings: JSON.stringify({
      FullLoadSettings: { TargetTablePrepMode: 'DO_NOTHING' },
      ErrorBehavior: { TableErrorPolicy: 'STOP_TASK', DataErrorPolicy: 'STOP_TASK' },
    }),
  };
  const created = await client.send(new sdk.CreateReplicationTaskCommand(task));
  const ReplicationTaskArn = created.ReplicationTask?.ReplicationTaskArn;
  expect(await taskNow()).toMatchObject({ Status: 'creating' });
  pass(61);
  expect(await taskNow()).toMatchObject({ Status: 'ready' });
  const start = { ReplicationTaskArn, StartReplicationTaskType: 'start-replication' as const };
  await client.send(new sdk.StartReplicationTaskCommand(start));
  expect(await taskNow()).toMatchObject({ Status: 'starting' });
  pass(61);
  await aws.dms.settled();
  expect(await taskNow()).toMatchObject({
    Status: 'stopped',
    StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
    ReplicationTaskStats: { FullLoadProgressPercent: 100, TablesLoaded: 2, TablesErrored: 0 },
  });
  const statistics = await client.send(new sdk.DescribeTableStatisticsCommand({ ReplicationTaskArn }));
  expect(statistics.TableStatistics).toMatchObject([
    { SchemaName: 'hr', TableName: 'employees', FullLoadRows: 2_500, TableState: 'Table completed' },
    { SchemaName: 'hr', TableName: 'log', FullLoadRows: 300, TableState: 'Table completed' },
  ]);
  for (const table of ['hr.employees', 'hr.log']) {
    const digest = `select md5(string_agg(t::text, '|' order by t::text)) from ${table} t`;
    expect(await target.query(digest)).toEqual(await source.query(digest));
  }

  await refuses(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn }), 'InvalidResourceStateFault');
  await refuses(new sdk.DeleteEndpointCommand({ EndpointArn: sourceArn }), 'InvalidResourceStateFault');
  await client.send(new sdk.DeleteReplicationTaskCommand({ ReplicationTaskArn }));
  expect(await taskNow()).toMatchObject({ Status: 'deleting' });
  pass(91);
  await expect(taskNow()).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
  for (const EndpointArn of [sourceArn, targetArn]) await client.send(new sdk.DeleteEndpointCommand({ EndpointArn }));
  await client.send(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn }));
  await refuses(new sdk.DeleteReplicationSubnetGroupCommand(subnets), 'InvalidResourceStateFault');
  expect(aws.resources().map(({ type }) => type)).toEqual([
    'subnet group',
    'replication instance',
    'endpoint',
    'endpoint',
  ]);
  pass(241);
  await client.send(new sdk.DeleteReplicationSubnetGroupCommand(subnets));
  expect(aws.resources()).toEqual([]);
  const sessions = `select count(*)::int as open from pg_stat_activity where application_name = 'dms stand-in'`;
  expect(await source.query(sessions)).toEqual([{ open: 0 }]);

  async function taskNow() {
    const Filters = [{ Name: 'replication-task-arn', Values: [ReplicationTaskArn ?? ''] }];
    const answer = await client.send(new sdk.DescribeReplicationTasksCommand({ Filters }));
    return answer.ReplicationTasks?.[0];
  }
});

async function createEndpoint(EndpointType: 'source' | 'target') {
  const { Endpoint } = await client.send(
    new sdk.CreateEndpointCommand({
      EndpointIdentifier: `il-1-${EndpointType}`,
      EndpointType,
      EngineName: 'postgres',
      DatabaseName: (EndpointType === 'source' ? source : target).name,
      PostgreSQLSettings: {
        SecretsManagerSecretId: EndpointType,
        SecretsManagerAccessRoleArn: 'arn:aws:iam::000000000000:role/dms',
      },
    }),
  );
  return Endpoint?.EndpointArn;
}

async function refuses(
  command: Parameters<sdk.DatabaseMigrationServiceClient['send']>[0],
  name: string,
): Promise<void> {
  await expect(client.send(command as never)).rejects.toMatchObject({ name });
}
