import {
  CreateReplicationConfigCommand,
  CreateReplicationTaskCommand,
  DatabaseMigrationServiceClient,
  DeleteReplicationConfigCommand,
  DeleteReplicationTaskCommand,
  DescribeReplicationsCommand,
  DescribeReplicationTasksCommand,
  DescribeTableStatisticsCommand,
  InvalidResourceStateFault,
  ListTagsForResourceCommand,
  ReloadReplicationTablesCommand,
  ReloadTablesCommand,
  ResourceAlreadyExistsFault,
  ResourceNotFoundFault,
  StartReplicationCommand,
  StartReplicationTaskCommand,
  StopReplicationCommand,
  StopReplicationTaskCommand,
} from '@aws-sdk/client-database-migration-service';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { useRegion } from '../../../src/aws/clients.ts';
import { LoadFailedError, TransientError } from '../../../src/errors.ts';
import { nameOf, tagsOf } from '../../../src/load/dms/names.ts';
import { replication } from '../../../src/load/dms/run/replication.ts';
import { allRunners, runnerOf } from '../../../src/load/dms/run/runners.ts';
import type { Runner } from '../../../src/load/dms/run/runner.ts';
import { tableMappings } from '../../../src/load/dms/settings/table-mappings.ts';
import { taskSettings } from '../../../src/load/dms/settings/task-settings.ts';
import { task } from '../../../src/load/dms/run/task.ts';
import { dmsLoad, type DmsLoad } from './a-load.ts';

useRegion('eu-central-1');
const dms = mockClient(DatabaseMigrationServiceClient);
const said = { message: 'said by DMS', $metadata: {} };
const endpoints = { source: 'arn:source', target: 'arn:target' };
let load: DmsLoad;
let serverless: DmsLoad;
beforeEach(async () => {
  dms.reset();
  load = await dmsLoad();
  serverless = await dmsLoad(undefined, { dms: { mode: 'serverless' } });
  serverless.services.deployment.dms = {
    accessRoleArn: 'arn:role',
    subnetIds: ['subnet-1'],
    securityGroupIds: ['sg-1'],
  };
});

function inputOf(): unknown {
  return dms.calls().at(-1)?.args[0].input;
}

test('the plan’s sizing says what runs a load, and tear-down looks for both', async () => {
  expect(runnerOf(load)).toBe(task);
  expect(
    runnerOf(
      await dmsLoad(undefined, { dms: { replicationInstanceArn: 'arn:aws:dms:eu-central-1:123456789012:rep:X' } }),
    ),
  ).toBe(task);
  expect(runnerOf(serverless)).toBe(replication);
  expect(allRunners).toEqual([task, replication]);
});

describe('a replication task', () => {
  test('is made with everything that it needs, under the name by which roles and tear-down know it', async () => {
    dms
      .on(CreateReplicationTaskCommand)
      .resolves({ ReplicationTask: { ReplicationTaskArn: 'arn:task', Status: 'creating' } });
    expect(await task.create(load, { ...endpoints, instance: 'arn:instance' })).toEqual({
      arn: 'arn:task',
      status: 'creating',
      messages: [],
      started: false,
      run: '',
    });
    expect(inputOf()).toEqual({
      ReplicationTaskIdentifier: nameOf(load, 'task'),
      ResourceIdentifier: nameOf(load, 'task'),
      SourceEndpointArn: 'arn:source',
      TargetEndpointArn: 'arn:target',
      ReplicationInstanceArn: 'arn:instance',
      MigrationType: 'full-load',
      TableMappings: tableMappings(load),
      ReplicationTaskSettings: taskSettings(load),
      Tags: tagsOf(load),
    });
  });

  test('is looked at with one request that leaves its settings out, and described in one form', async () => {
    dms.on(DescribeReplicationTasksCommand).resolves({
      ReplicationTasks: [
        {
          ReplicationTaskArn: 'arn:task',
          Status: 'failed',
          StopReason: 'Stop Reason FATAL_ERROR',
          LastFailureMessage: 'Last Error',
          ReplicationTaskStats: { StartDate: new Date(5_000), FullLoadProgressPercent: 40, TablesErrored: 2 },
        },
      ],
    });
    expect(await task.look(load)).toEqual({
      arn: 'arn:task',
      status: 'failed',
      stopReason: 'Stop Reason FATAL_ERROR',
      messages: ['Last Error'],
      started: true,
      run: '1970-01-01T00:00:05.000Z',
      percent: 40,
      tablesErrored: 2,
    });
    expect(inputOf()).toEqual({
      Filters: [{ Name: 'replication-task-id', Values: [nameOf(load, 'task')] }],
      WithoutSettings: true,
    });
    expect(dms.calls()).toHaveLength(1);
  });

  test('that failed before it was ever started was not started', async () => {
    dms
      .on(DescribeReplicationTasksCommand)
      .resolves({ ReplicationTasks: [{ ReplicationTaskArn: 'arn:task', Status: 'failed' }] });
    expect(await task.look(load)).toMatchObject({ started: false, run: '' });
  });
});

describe('a serverless replication', () => {
  test('is made with the capacity of the plan, its subnet group and the deployment’s security groups', async () => {
    dms.on(CreateReplicationConfigCommand).resolves({ ReplicationConfig: { ReplicationConfigArn: 'arn:config' } });
    const made = await replication.create(serverless, { ...endpoints, subnets: 'il-subnets' });
    expect(made).toMatchObject({ arn: 'arn:config', started: false });
    expect(inputOf()).toEqual({
      ReplicationConfigIdentifier: nameOf(serverless, 'replication'),
      ResourceIdentifier: nameOf(serverless, 'replication'),
      SourceEndpointArn: 'arn:source',
      TargetEndpointArn: 'arn:target',
      ComputeConfig: {
        MinCapacityUnits: expect.any(Number),
        MaxCapacityUnits: expect.any(Number),
        MultiAZ: false,
        ReplicationSubnetGroupId: 'il-subnets',
        VpcSecurityGroupIds: ['sg-1'],
      },
      ReplicationType: 'full-load',
      TableMappings: tableMappings(serverless),
      ReplicationSettings: taskSettings(serverless),
      Tags: tagsOf(serverless),
    });
  });

  test('is looked at with one request, and described in the same form', async () => {
    dms.on(DescribeReplicationsCommand).resolves({
      Replications: [
        {
          ReplicationConfigArn: 'arn:config',
          Status: 'stopped',
          StopReason: 'Stop Reason RECOVERABLE_ERROR',
          FailureMessages: ['one', 'two'],
          ReplicationStats: { FreshStartDate: new Date(1_000), StartDate: new Date(2_000), TablesErrored: 0 },
          ProvisionData: { ProvisionState: 'deprovisioned' },
        },
      ],
    });
    expect(await replication.look(serverless)).toEqual({
      arn: 'arn:config',
      status: 'stopped',
      stopReason: 'Stop Reason RECOVERABLE_ERROR',
      messages: ['one', 'two'],
      started: true,
      run: '1970-01-01T00:00:01.000Z 1970-01-01T00:00:02.000Z',
      tablesErrored: 0,
      deprovisioned: true,
    });
    expect(inputOf()).toEqual({
      Filters: [{ Name: 'replication-config-id', Values: [nameOf(serverless, 'replication')] }],
    });
    expect(dms.calls()).toHaveLength(1);
  });

  test('that waits for its first start was not started', async () => {
    dms
      .on(DescribeReplicationsCommand)
      .resolves({ Replications: [{ ReplicationConfigArn: 'arn:config', Status: 'created' }] });
    expect(await replication.look(serverless)).toMatchObject({ started: false });
  });
});

interface Calls {
  runner: Runner;
  of: () => DmsLoad;
  create: typeof CreateReplicationTaskCommand;
  look: typeof DescribeReplicationTasksCommand;
  found: object;
  start: typeof StartReplicationTaskCommand;
  reload: typeof ReloadTablesCommand;
  stop: typeof StopReplicationTaskCommand;
  remove: typeof DeleteReplicationTaskCommand;
  arn: string;
}
const ofTask: Calls = {
  runner: task,
  of: () => load,
  create: CreateReplicationTaskCommand,
  look: DescribeReplicationTasksCommand,
  found: { ReplicationTasks: [{ ReplicationTaskArn: 'arn:found', Status: 'ready' }] },
  start: StartReplicationTaskCommand,
  reload: ReloadTablesCommand,
  stop: StopReplicationTaskCommand,
  remove: DeleteReplicationTaskCommand,
  arn: 'ReplicationTaskArn',
};
const ofReplication = {
  runner: replication,
  of: () => serverless,
  create: CreateReplicationConfigCommand,
  look: DescribeReplicationsCommand,
  found: { Replications: [{ ReplicationConfigArn: 'arn:found', Status: 'created' }] },
  start: StartReplicationCommand,
  reload: ReloadReplicationTablesCommand,
  stop: StopReplicationCommand,
  remove: DeleteReplicationConfigCommand,
  arn: 'ReplicationConfigArn',
} as unknown as Calls;

describe.each([
  ['a task', ofTask],
  ['a serverless replication', ofReplication],
])('%s', (_what, { runner, of, create, look, found, start, reload, stop, remove, arn }) => {
  const made = () => runner.create(of(), { ...endpoints, instance: 'arn:instance' });

  test('that an earlier call made is found, and known by its tags', async () => {
    dms.on(create).rejects(new ResourceAlreadyExistsFault(said));
    dms.on(look).resolves(found);
    dms.on(ListTagsForResourceCommand, { ResourceArn: 'arn:found' }).resolves({ TagList: tagsOf(of()) });
    expect(await made()).toMatchObject({ arn: 'arn:found' });
  });

  test('of the same name that is not this load’s is not used', async () => {
    dms.on(create).rejects(new ResourceAlreadyExistsFault(said));
    dms.on(look).resolves(found);
    for (const TagList of [[], [{ Key: 'initial-load:load', Value: 'another' }], tagsOf(of()).slice(0, 1)]) {
      dms.on(ListTagsForResourceCommand).resolves({ TagList });
      const refused = made();
      await expect(refused).rejects.toThrow(LoadFailedError);
      await expect(refused).rejects.toThrow('without the tags of this load');
    }
  });

  test('that is there and can’t be found yet is tried again', async () => {
    dms.on(create).rejects(new ResourceAlreadyExistsFault(said));
    dms.on(look).rejects(new ResourceNotFoundFault(said));
    await expect(made()).rejects.toThrow(TransientError);
  });

  test('that does not exist is none, whichever way DMS says so', async () => {
    dms.on(look).rejectsOnce(new ResourceNotFoundFault(said)).resolves({});
    expect([await runner.look(of()), await runner.look(of())]).toEqual([undefined, undefined]);
  });

  test('is started as asked; a state that does not allow it is an answer with DMS’s words', async () => {
    dms.on(start).resolvesOnce({}).rejects(new InvalidResourceStateFault(said));
    expect(await runner.start(of(), 'arn:x', 'resume-processing')).toEqual({ accepted: true });
    expect(inputOf()).toMatchObject({ [arn]: 'arn:x' });
    expect(Object.values(inputOf() as object)).toContain('resume-processing');
    const refused = { accepted: false, said: 'InvalidResourceStateFault: said by DMS' };
    expect(await runner.start(of(), 'arn:x', 'resume-processing')).toEqual(refused);
  });

  test('fails with the fault’s name when it may not be started', async () => {
    dms.on(start).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDeniedFault' }));
    await expect(runner.start(of(), 'arn:x', 'start-replication')).rejects.toThrow('AccessDeniedFault: not authorized');
  });

  test('is asked to load tables again', async () => {
    dms.on(reload).resolvesOnce({}).rejects(new InvalidResourceStateFault(said));
    const tables = [{ schema: 'hr', table: 'employees' }];
    expect(await runner.reloadTables(of(), 'arn:x', tables)).toEqual({ accepted: true });
    expect(inputOf()).toEqual({ [arn]: 'arn:x', TablesToReload: [{ SchemaName: 'hr', TableName: 'employees' }] });
    expect(await runner.reloadTables(of(), 'arn:x', tables)).toMatchObject({ accepted: false });
  });

  test.each(['stop', 'remove'] as const)(
    'answers to %s whether it was asked, is not possible now, or is gone',
    async (name) => {
      dms
        .on(name === 'stop' ? stop : (remove as unknown as typeof stop))
        .resolvesOnce({})
        .rejectsOnce(new InvalidResourceStateFault(said))
        .rejectsOnce(new ResourceNotFoundFault(said));
      const answers = [
        await runner[name](of(), 'arn:x'),
        await runner[name](of(), 'arn:x'),
        await runner[name](of(), 'arn:x'),
      ];
      expect(answers).toEqual(['asked', 'not now', 'gone']);
      expect(inputOf()).toEqual({ [arn]: 'arn:x' });
    },
  );
});

test('tables are listed in pages of 500, each described as far as it is weighed', async () => {
  dms
    .on(DescribeTableStatisticsCommand)
    .resolvesOnce({ TableStatistics: [{ SchemaName: 'hr', TableName: 'a' }], Marker: 'next' })
    .resolves({
      TableStatistics: [
        {
          SchemaName: 'hr',
          TableName: 'b',
          TableState: 'Table completed',
          FullLoadRows: 7,
          FullLoadStartTime: new Date(1_000),
          ValidationState: 'Pending records',
          ValidationStateDetails: 'soon',
          ValidationPendingRecords: 3,
        },
      ],
    });
  expect(await task.listTables(load, 'arn:x')).toEqual([
    { schema: 'hr', table: 'a', rows: 0, state: '', run: '' },
    {
      schema: 'hr',
      table: 'b',
      rows: 7,
      state: 'Table completed',
      run: '1970-01-01T00:00:01.000Z',
      validationState: 'Pending records',
      validationDetails: 'soon',
      validationPending: 3,
    },
  ]);
  expect(dms.calls().map(({ args }) => args[0].input)).toEqual([
    { ReplicationTaskArn: 'arn:x', MaxRecords: 500 },
    { ReplicationTaskArn: 'arn:x', MaxRecords: 500, Marker: 'next' },
  ]);
});
