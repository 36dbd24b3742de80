import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import { openTestDatabases, type TestDatabase } from '../../../support/postgres.ts';
import { createEndpoint, everythingIn, loudSettings, putSecrets, setStage, type Stage } from '../stage.ts';

const databases = openTestDatabases();
let source: TestDatabase;
let target: TestDatabase;
let stage: Stage;
let endpoints: { SourceEndpointArn: string; TargetEndpointArn: string };

beforeAll(async () => {
  [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  await Promise.all(
    [source, target].map(({ query }) => query('create schema hr; create table hr.a (id int primary key)')),
  );
  await source.query('insert into hr.a select generate_series(1, 2500)');
});
beforeEach(async () => {
  await target.query('truncate hr.a');
  stage = await setStage();
  putSecrets(stage, { source, target });
  endpoints = {
    SourceEndpointArn: await createEndpoint(stage, 'source', { DatabaseName: source.name }),
    TargetEndpointArn: await createEndpoint(stage, 'target', { DatabaseName: target.name }),
  };
});
afterEach(() => stage.end());
afterAll(() => databases.dropAll());

async function create(
  ComputeConfig: sdk.ComputeConfig = { MinCapacityUnits: 2, MaxCapacityUnits: 8 },
): Promise<string> {
  const { ReplicationConfig } = await stage.client.send(
    new sdk.CreateReplicationConfigCommand({
      ReplicationConfigIdentifier: 'il-1-replication',
      ResourceIdentifier: 'il-1-replication',
      ReplicationType: 'full-load',
      TableMappings: JSON.stringify(everythingIn('hr')),
      ReplicationSettings: JSON.stringify(loudSettings()),
      ComputeConfig,
      ...endpoints,
    }),
  );
  return ReplicationConfig!.ReplicationConfigArn!;
}

const start = (ReplicationConfigArn: string, StartReplicationType = 'start-replication') =>
  stage.client.send(new sdk.StartReplicationCommand({ ReplicationConfigArn, StartReplicationType }));
const remove = (ReplicationConfigArn: string) =>
  stage.client.send(new sdk.DeleteReplicationConfigCommand({ ReplicationConfigArn }));
async function look(arn: string): Promise<sdk.Replication> {
  const Filters = [{ Name: 'replication-config-arn', Values: [arn] }];
  return (await stage.client.send(new sdk.DescribeReplicationsCommand({ Filters }))).Replications![0]!;
}
const STATE = { name: 'InvalidResourceStateFault' };

test('a serverless replication goes through every phase, moves the rows, and is paid for until its config is deleted', async () => {
  const arn = await create();
  expect(arn).toBe('arn:aws:dms:eu-central-1:000000000000:replication-config:il-1-replication');
  expect(await look(arn)).toMatchObject({ Status: 'created' });
  stage.pass(31);
  expect(await look(arn)).toMatchObject({ Status: 'ready' });
  await start(arn);
  const phases = new Set<string>();
  for (let minute = 0; minute < 46; minute += 1) {
    const { Status, ProvisionData } = await look(arn);
    phases.add(`${Status} ${ProvisionData?.ProvisionState}`);
    await expect(remove(arn)).rejects.toMatchObject(STATE);
    stage.pass(60);
    if (minute < 44) expect(await target.query('select 1 from hr.a')).toEqual([]);
  }
  expect([...phases]).toEqual([
    'initializing provisioning',
    'preparing_metadata_resources provisioning',
    'testing_connection provisioning',
    'fetching_metadata provisioning',
    'calculating_capacity provisioning',
    'provisioning_capacity provisioning',
    'replication_starting provisioned',
    'running provisioned',
  ]);
  await stage.aws.dms.settled();
  expect(await look(arn)).toMatchObject({
    Status: 'stopped',
    StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED',
    ReplicationStats: { TablesLoaded: 1, TablesErrored: 0, FullLoadProgressPercent: 100 },
    ProvisionData: { ProvisionState: 'provisioned', ProvisionedCapacityUnits: 2 },
  });
  const statistics = await stage.client.send(
    new sdk.DescribeReplicationTableStatisticsCommand({ ReplicationConfigArn: arn, MaxRecords: 500 }),
  );
  expect(statistics.ReplicationTableStatistics).toMatchObject([{ TableName: 'a', FullLoadRows: 2_500 }]);
  expect(await target.query('select count(*)::int as n from hr.a')).toEqual([{ n: 2_500 }]);

  const used = new sdk.DeleteEndpointCommand({ EndpointArn: endpoints.SourceEndpointArn });
  await expect(stage.client.send(used)).rejects.toMatchObject(STATE);
  await remove(arn);
  expect(await look(arn)).toMatchObject({ Status: 'deleting' });
  stage.pass(121);
  await expect(look(arn)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
  await stage.client.send(used);
});

test('capacity that nobody deletes is paid for another day', async () => {
  const arn = await create();
  await start(arn);
  stage.pass(2_701);
  await look(arn);
  await stage.aws.dms.settled();
  stage.pass(86_000);
  expect((await look(arn)).ProvisionData).toMatchObject({ ProvisionState: 'provisioned' });
  stage.pass(401);
  expect((await look(arn)).ProvisionData).toMatchObject({ ProvisionState: 'deprovisioned' });
});

test('a database that cannot be reached fails the replication while connections are tested', async () => {
  stage.aws.dms.dataFaults.connectionFails({ type: 'source', message: 'no route to host' });
  const arn = await create();
  await start(arn);
  stage.pass(959);
  expect(await look(arn)).toMatchObject({ Status: 'testing_connection' });
  stage.pass(1);
  expect(await look(arn)).toMatchObject({
    Status: 'failed',
    FailureMessages: [expect.stringContaining('no route to host')],
    ProvisionData: { ProvisionState: 'deprovisioned' },
  });
  await remove(arn);
});

test('a replication is stopped before rows move, and started again only to load everything anew', async () => {
  const arn = await create();
  await expect(start(arn, 'reload-target')).rejects.toMatchObject({ name: 'InvalidParameterCombinationException' });
  await start(arn);
  stage.pass(400);
  await stage.client.send(new sdk.StopReplicationCommand({ ReplicationConfigArn: arn }));
  expect(await look(arn)).toMatchObject({ Status: 'stopping' });
  stage.pass(61);
  expect(await look(arn)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason NORMAL' });
  for (const type of ['start-replication', 'resume-processing']) {
    await expect(start(arn, type)).rejects.toMatchObject({ name: 'InvalidParameterCombinationException' });
  }
  await start(arn, 'reload-target');
  stage.pass(2_701);
  await look(arn);
  await stage.aws.dms.settled();
  expect(await look(arn)).toMatchObject({ Status: 'stopped', StopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' });
});

describe('capacity', () => {
  test.each([{}, { MaxCapacityUnits: 3 }, { MinCapacityUnits: 8, MaxCapacityUnits: 2 }])(
    'of %j is refused',
    async (units) => {
      await expect(create(units)).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
    },
  );
});
