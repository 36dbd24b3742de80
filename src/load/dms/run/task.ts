import type { ReplicationTask } from '@aws-sdk/client-database-migration-service';
import { LoadFailedError } from '../../../errors.ts';
import { listPages, refusable, statsOf } from './answers.ts';
import { callDms } from '../calls.ts';
import { askToEnd } from '../resources/end.ts';
import { findMadeRunner, THERE_ALREADY } from '../resources/made.ts';
import { nameOf, tagsOf } from '../names.ts';
import type { Asked, Runner, RunnerState } from './runner.ts';
import { tableMappings } from '../settings/table-mappings.ts';
import { taskSettings } from '../settings/task-settings.ts';

/** A replication task on an instance, found by its identifier: a filter is all that DescribeReplicationTasks takes. */
export const task: Runner = {
  kind: 'task',

  async create(load, { source, target, instance }) {
    if (instance === undefined) throw new Error('A replication task needs an instance.');
    const name = nameOf(load, 'task');
    const made = await callDms<ReplicationTask | typeof THERE_ALREADY | undefined>(
      'CreateReplicationTask',
      async ({ client, sdk }) => {
        const command = new sdk.CreateReplicationTaskCommand({
          ReplicationTaskIdentifier: name,
          ResourceIdentifier: name,
          SourceEndpointArn: source,
          TargetEndpointArn: target,
          ReplicationInstanceArn: instance,
          MigrationType: 'full-load',
          TableMappings: tableMappings(load),
          ReplicationTaskSettings: taskSettings(load),
          Tags: tagsOf(load),
        });
        return (await client.send(command)).ReplicationTask;
      },
      { ResourceAlreadyExistsFault: THERE_ALREADY },
    );
    return made === THERE_ALREADY ? findMadeRunner(load, task, 'CreateReplicationTask') : stateOf(made ?? {});
  },

  async look(load) {
    const found = await callDms<ReplicationTask[]>(
      'DescribeReplicationTasks',
      async ({ client, sdk }) => {
        const command = new sdk.DescribeReplicationTasksCommand({
          Filters: [{ Name: 'replication-task-id', Values: [nameOf(load, 'task')] }],
          WithoutSettings: true,
        });
        return (await client.send(command)).ReplicationTasks ?? [];
      },
      { ResourceNotFoundFault: [] },
    );
    return found[0] && stateOf(found[0]);
  },

  start(_load, arn, type) {
    return callDms<Asked>('StartReplicationTask', ({ client, sdk }) =>
      refusable(
        client.send(new sdk.StartReplicationTaskCommand({ ReplicationTaskArn: arn, StartReplicationTaskType: type })),
        type,
      ),
    );
  },

  reloadTables(_load, arn, tables) {
    const TablesToReload = tables.map(({ schema, table }) => ({ SchemaName: schema, TableName: table }));
    return callDms<Asked>('ReloadTables', ({ client, sdk }) =>
      refusable(client.send(new sdk.ReloadTablesCommand({ ReplicationTaskArn: arn, TablesToReload }))),
    );
  },

  listTables(_load, arn) {
    return callDms('DescribeTableStatistics', ({ client, sdk }) =>
      listPages(async (asked) => {
        const command = new sdk.DescribeTableStatisticsCommand({ ReplicationTaskArn: arn, ...asked });
        const { TableStatistics: tables, Marker: marker } = await client.send(command);
        return { tables, marker };
      }),
    );
  },

  stop(_load, arn) {
    return askToEnd('StopReplicationTask', ({ client, sdk }) =>
      client.send(new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: arn })),
    );
  },

  remove(_load, arn) {
    return askToEnd('DeleteReplicationTask', ({ client, sdk }) =>
      client.send(new sdk.DeleteReplicationTaskCommand({ ReplicationTaskArn: arn })),
    );
  },
};

/** Statuses that a task has only once it was started, and "failed" when it was: it may have failed to be made. */
const STARTED = new Set(['starting', 'running', 'stopping', 'stopped']);

function stateOf({ ReplicationTaskArn: arn, Status: status = '', ...described }: ReplicationTask): RunnerState {
  if (arn === undefined) throw new LoadFailedError('DMS described a replication task without its ARN.');
  const { StopReason: stopReason, LastFailureMessage: message } = described;
  const stats = statsOf(described.ReplicationTaskStats);
  return {
    arn,
    status,
    ...(stopReason !== undefined && { stopReason }),
    messages: message ? [message] : [],
    started: STARTED.has(status) || stats.run !== '',
    ...stats,
  };
}
