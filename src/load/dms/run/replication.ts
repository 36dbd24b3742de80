import type { Replication, ReplicationConfig } from '@aws-sdk/client-database-migration-service';
import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import { listPages, refusable, statsOf } from './answers.ts';
import { callDms } from '../calls.ts';
import { askToEnd } from '../resources/end.ts';
import { findMadeRunner, THERE_ALREADY } from '../resources/made.ts';
import { nameOf, tagsOf } from '../names.ts';
import type { Asked, Runner, RunnerState } from './runner.ts';
import { sizeReplication } from '../weigh/sizing.ts';
import { tableMappings } from '../settings/table-mappings.ts';
import { taskSettings } from '../settings/task-settings.ts';

/** A serverless replication and its configuration, which share one ARN; DMS finds the machine when it is started. */
export const replication: Runner = {
  kind: 'replication',

  async create(load, { source, target, subnets }) {
    const name = nameOf(load, 'replication');
    const made = await callDms<ReplicationConfig | typeof THERE_ALREADY | undefined>(
      'CreateReplicationConfig',
      async ({ client, sdk }) => {
        const command = new sdk.CreateReplicationConfigCommand({
          ReplicationConfigIdentifier: name,
          ResourceIdentifier: name,
          SourceEndpointArn: source,
          TargetEndpointArn: target,
          ComputeConfig: computeOf(load, subnets),
          ReplicationType: 'full-load',
          TableMappings: tableMappings(load),
          ReplicationSettings: taskSettings(load),
          Tags: tagsOf(load),
        });
        return (await client.send(command)).ReplicationConfig;
      },
      { ResourceAlreadyExistsFault: THERE_ALREADY },
    );
    // Of the replication itself, and so of its status, this answer says nothing.
    return made === THERE_ALREADY
      ? findMadeRunner(load, replication, 'CreateReplicationConfig')
      : stateOf({ ...made, Status: 'creating' });
  },

  async look(load) {
    const found = await callDms<Replication[]>(
      'DescribeReplications',
      async ({ client, sdk }) => {
        const Filters = [{ Name: 'replication-config-id', Values: [nameOf(load, 'replication')] }];
        return (await client.send(new sdk.DescribeReplicationsCommand({ Filters }))).Replications ?? [];
      },
      { ResourceNotFoundFault: [] },
    );
    return found[0] && stateOf(found[0]);
  },

  start(_load, arn, type) {
    return callDms<Asked>('StartReplication', ({ client, sdk }) =>
      refusable(
        client.send(new sdk.StartReplicationCommand({ ReplicationConfigArn: arn, StartReplicationType: type })),
        type,
      ),
    );
  },

  reloadTables(_load, arn, tables) {
    const TablesToReload = tables.map(({ schema, table }) => ({ SchemaName: schema, TableName: table }));
    return callDms<Asked>('ReloadReplicationTables', ({ client, sdk }) =>
      refusable(client.send(new sdk.ReloadReplicationTablesCommand({ ReplicationConfigArn: arn, TablesToReload }))),
    );
  },

  listTables(_load, arn) {
    return callDms('DescribeReplicationTableStatistics', ({ client, sdk }) =>
      listPages(async (asked) => {
        const command = new sdk.DescribeReplicationTableStatisticsCommand({ ReplicationConfigArn: arn, ...asked });
        const { ReplicationTableStatistics: tables, Marker: marker } = await client.send(command);
        return { tables, marker };
      }),
    );
  },

  stop(_load, arn) {
    return askToEnd('StopReplication', ({ client, sdk }) =>
      client.send(new sdk.StopReplicationCommand({ ReplicationConfigArn: arn })),
    );
  },

  remove(_load, arn) {
    return askToEnd('DeleteReplicationConfig', ({ client, sdk }) =>
      client.send(new sdk.DeleteReplicationConfigCommand({ ReplicationConfigArn: arn })),
    );
  },
};

function computeOf(load: Load, subnets: string | undefined) {
  const { request, survey, plan, services } = load;
  const sizing = sizeReplication({ request, survey, tables: plan.tables });
  if (sizing.mode !== 'serverless') throw new Error(`This load runs on a ${sizing.mode}, not serverless.`);
  const securityGroupIds = services.deployment.dms?.securityGroupIds ?? [];
  return {
    MinCapacityUnits: sizing.minCapacityUnits,
    MaxCapacityUnits: sizing.maxCapacityUnits,
    // A second machine that stands by would double the price of what a next attempt can repeat.
    MultiAZ: false,
    ...(subnets !== undefined && { ReplicationSubnetGroupId: subnets }),
    ...(securityGroupIds.length > 0 && { VpcSecurityGroupIds: securityGroupIds }),
  };
}

/** Statuses that it has before its first start; a replication that failed on the way to rows keeps no date of a run. */
const NOT_STARTED = new Set(['creating', 'created', 'ready', 'modifying', 'deleting']);

function stateOf({ ReplicationConfigArn: arn, Status: status = '', ...described }: Replication): RunnerState {
  if (arn === undefined) throw new LoadFailedError('DMS described a serverless replication without its ARN.');
  const { StopReason: stopReason, FailureMessages: messages = [], ProvisionData } = described;
  const stats = statsOf(described.ReplicationStats);
  return {
    arn,
    status,
    ...(stopReason !== undefined && { stopReason }),
    messages,
    started: !NOT_STARTED.has(status) || stats.run !== '',
    ...stats,
    ...(ProvisionData?.ProvisionState === 'deprovisioned' && { deprovisioned: true }),
  };
}
