import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { isActive } from './assessments.ts';
import { isTested } from './connections.ts';
import { checkSettings } from './replication-settings.ts';
import { FullLoad } from './full-load.ts';
import { checkIdentifier, checkResourceIdentifier } from './identifiers.ts';
import { instanceStatus } from './instances.ts';
import { applyFilters, pageOf } from './pages.ts';
import { readTableMappings } from './table-mappings.ts';
import { checkTags } from './tags.ts';
import {
  after,
  arnOf,
  DURATIONS,
  invalidCombination,
  invalidState,
  invalidValue,
  type Kept,
  type World,
} from './world.ts';

export interface TaskRecord extends Kept {
  source: string;
  target: string;
  instance: string;
  tableMappings: string;
  settings: string;
  load: FullLoad;
}

export function taskOperations(world: World) {
  return {
    CreateReplicationTask(input: Sdk.CreateReplicationTaskMessage): Sdk.CreateReplicationTaskResponse {
      const task = world.tasks.put(recordOf(world, input));
      return { ReplicationTask: show(world, task) };
    },

    DescribeReplicationTasks(input: Sdk.DescribeReplicationTasksMessage): Sdk.DescribeReplicationTasksResponse {
      const { Filters = [] } = input;
      const byEndpoint = Filters.find(({ Name }) => Name === 'endpoint-arn')?.Values;
      const tasks = world.tasks
        .list()
        .filter(({ source, target }) =>
          byEndpoint === undefined ? true : byEndpoint.includes(source) || byEndpoint.includes(target),
        );
      const found = applyFilters(
        tasks,
        Filters.filter(({ Name }) => Name !== 'endpoint-arn'),
        {
          of: 'Tasks',
          fields: {
            'replication-task-arn': ({ arn }) => arn,
            'replication-task-id': ({ identifier }) => identifier,
            'migration-type': () => 'full-load',
            'replication-instance-arn': ({ instance }) => instance,
          },
        },
      );
      const { items, marker } = pageOf(found, input, world);
      return { ReplicationTasks: items.map((task) => show(world, task, input.WithoutSettings)), ...marker };
    },

    async StartReplicationTask(input: Sdk.StartReplicationTaskMessage): Promise<Sdk.StartReplicationTaskResponse> {
      const task = world.tasks.need(input.ReplicationTaskArn);
      if (!['ready', 'stopped', 'failed'].includes(taskStatus(world, task))) {
        invalidState('Replication Task cannot be started, invalid state');
      }
      const type = input.StartReplicationTaskType ?? 'start-replication';
      const isFirst = task.load.startedAt === undefined;
      if (isFirst !== (type === 'start-replication')) {
        const when = isFirst ? 'that have been run before' : 'running for the first time';
        invalidCombination(`Start Type : ${type.toUpperCase().replace('-', '_')}, valid only for tasks ${when}`);
      }
      for (const endpoint of [task.source, task.target]) {
        if (await isTested(world, task.instance, endpoint)) continue;
        invalidState(
          'Test connection for replication instance and endpoint should be successful for starting the replication task',
        );
      }
      await task.load.start(type, after(world.now(), DURATIONS.taskStarting));
      return { ReplicationTask: { ...show(world, task), Status: 'starting' } };
    },

    async StopReplicationTask(input: Sdk.StopReplicationTaskMessage): Promise<Sdk.StopReplicationTaskResponse> {
      const task = world.tasks.need(input.ReplicationTaskArn);
      if (taskStatus(world, task) !== 'running') {
        invalidState('Replication Task cannot be stopped, it is not running');
      }
      await task.load.stop();
      return { ReplicationTask: show(world, task) };
    },

    async DeleteReplicationTask(input: Sdk.DeleteReplicationTaskMessage): Promise<Sdk.DeleteReplicationTaskResponse> {
      const task = world.tasks.need(input.ReplicationTaskArn);
      const status = taskStatus(world, task);
      if (!['ready', 'stopped', 'failed'].includes(status)) {
        invalidState(`Replication Task cannot be deleted, its status is ${status}`);
      }
      task.deletingAt = world.now();
      task.goneAt = after(task.deletingAt, DURATIONS.taskDeleting);
      await task.load.stop();
      return { ReplicationTask: show(world, task) };
    },

    ReloadTables(input: Sdk.ReloadTablesMessage): Sdk.ReloadTablesResponse {
      const task = world.tasks.need(input.ReplicationTaskArn);
      if (taskStatus(world, task) !== 'running')
        invalidState('Replication Task is not running: tables cannot be reloaded');
      reloadTables(task.load, input);
      return { ReplicationTaskArn: task.arn };
    },
  };
}

/** @throws ServiceFault InvalidParameterValueException: too many tables, or one that the load doesn't have */
export function reloadTables(
  load: FullLoad,
  { TablesToReload = [] }: Pick<Sdk.ReloadTablesMessage, 'TablesToReload'>,
): void {
  const tables = TablesToReload.map(({ SchemaName = '', TableName = '' }) => ({
    schema: SchemaName,
    table: TableName,
  }));
  if (tables.length === 0 || tables.length > 10) invalidValue('From 1 to 10 tables can be reloaded at once');
  const known = load.tables();
  const stranger = tables.find(
    ({ schema, table }) => !known.some((one) => one.schema === schema && one.table === table),
  );
  if (stranger !== undefined) invalidValue(`No such table: ${stranger.schema}.${stranger.table}`);
  load.reload(tables);
}

function taskStatus(world: World, task: TaskRecord): string {
  const { load, deletingAt, createdAt } = task;
  const now = world.now();
  if (deletingAt !== undefined) return 'deleting';
  if (now < after(createdAt, DURATIONS.taskCreating)) return 'creating';
  if (world.assessmentRuns.list().some((run) => run.task === task.arn && isActive(world, run))) return 'testing';
  if (load.startedAt === undefined) return 'ready';
  if (load.stoppedAt !== undefined && now < after(load.stoppedAt, DURATIONS.taskStopping)) return 'stopping';
  const end = load.end();
  if (end !== undefined) return end.status;
  return now < after(load.startedAt, DURATIONS.taskStarting) ? 'starting' : 'running';
}

function recordOf(world: World, input: Sdk.CreateReplicationTaskMessage): TaskRecord {
  const given = checkRunner(world, {
    source: input.SourceEndpointArn,
    target: input.TargetEndpointArn,
    type: input.MigrationType,
    tableMappings: input.TableMappings,
    settings: input.ReplicationTaskSettings,
  });
  const instance = world.instances.need(input.ReplicationInstanceArn);
  if (instanceStatus(world, instance) !== 'available') {
    invalidState(`Replication instance ${instance.identifier} is not available`);
  }
  return {
    arn: arnOf(world, 'task', checkResourceIdentifier(input.ResourceIdentifier)),
    identifier: checkIdentifier('ReplicationTaskIdentifier', input.ReplicationTaskIdentifier),
    tags: checkTags(input.Tags),
    createdAt: world.now(),
    instance: instance.arn,
    ...given,
    load: new FullLoad(world, given),
  };
}

/** What tasks and serverless replications have in common. @throws ServiceFault */
export function checkRunner(
  world: World,
  given: Partial<Record<'source' | 'target' | 'type' | 'tableMappings' | 'settings', string | undefined>>,
): { source: string; target: string; tableMappings: string; settings: string } {
  for (const side of ['source', 'target'] as const) {
    const endpoint = world.endpoints.need(given[side]);
    if (endpoint.type !== side) invalidValue(`${endpoint.arn} is not a ${side} endpoint`);
    if (endpoint.deletingAt !== undefined) invalidState(`Endpoint ${endpoint.arn} is being deleted`);
  }
  if (given.type !== 'full-load') invalidValue(`This stand-in does full loads only, and no ${given.type}`);
  const { source = '', target = '', tableMappings = '', settings = '{}' } = given;
  try {
    readTableMappings(tableMappings);
  } catch (error) {
    invalidValue(`Error in mapping rules. ${(error as Error).message}`);
  }
  try {
    checkSettings(settings);
  } catch (error) {
    invalidValue(`Invalid task settings JSON. ${(error as Error).message}`);
  }
  return { source, target, tableMappings, settings };
}

function show(world: World, task: TaskRecord, withoutSettings = false): Sdk.ReplicationTask {
  const { load } = task;
  const end = load.end();
  return {
    ReplicationTaskIdentifier: task.identifier,
    SourceEndpointArn: task.source,
    TargetEndpointArn: task.target,
    ReplicationInstanceArn: task.instance,
    MigrationType: 'full-load',
    ...(!withoutSettings && { TableMappings: task.tableMappings, ReplicationTaskSettings: task.settings }),
    Status: taskStatus(world, task),
    ...(end && { StopReason: end.stopReason }),
    ...(end?.message !== undefined && { LastFailureMessage: end.message }),
    ReplicationTaskCreationDate: task.createdAt,
    ...(load.startedAt && { ReplicationTaskStartDate: load.startedAt, ReplicationTaskStats: load.stats() }),
    ReplicationTaskArn: task.arn,
  };
}
