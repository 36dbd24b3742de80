import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { tryConnection } from './connections.ts';
import { FullLoad, type StartType } from './full-load.ts';
import { checkIdentifier, checkResourceIdentifier } from './identifiers.ts';
import { fatal, type MoveEnd } from './mover.ts';
import { applyFilters, pageOf } from './pages.ts';
import { needSubnetGroup } from './subnet-groups.ts';
import { checkTags } from './tags.ts';
import { checkRunner, reloadTables } from './tasks.ts';
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

/** A serverless replication and its config: one thing to DMS, described in two ways. */
export interface ReplicationRecord extends Kept {
  source: string;
  target: string;
  tableMappings: string;
  settings: string;
  compute: Sdk.ComputeConfig;
  subnetGroup?: string;
  load: FullLoad;
  startType?: StartType;
  /** Of the latest start: what testing_connection found. */
  connections: Promise<(string | undefined)[]>;
  /** What it found, once the phase is over. */
  refused?: MoveEnd;
}

/** What a start goes through before rows move, and how long in seconds: 45 minutes in all. */
const PHASES: [status: string, seconds: number][] = [
  ['initializing', 300],
  ['preparing_metadata_resources', 540],
  ['testing_connection', 120],
  ['fetching_metadata', 300],
  ['calculating_capacity', 180],
  ['provisioning_capacity', 1_080],
  ['replication_starting', 180],
];
const CAPACITY_UNITS = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384];

export function replicationOperations(world: World) {
  return {
    CreateReplicationConfig(input: Sdk.CreateReplicationConfigMessage): Sdk.CreateReplicationConfigResponse {
      const replication = world.replications.put(recordOf(world, input));
      return { ReplicationConfig: showConfig(replication) };
    },

    DescribeReplicationConfigs(input: Sdk.DescribeReplicationConfigsMessage): Sdk.DescribeReplicationConfigsResponse {
      const { items, marker } = pageOf(found(world, input.Filters), input, world);
      return { ReplicationConfigs: items.map(showConfig), ...marker };
    },

    async DescribeReplications(input: Sdk.DescribeReplicationsMessage): Promise<Sdk.DescribeReplicationsResponse> {
      const { items, marker } = pageOf(found(world, input.Filters), input, world);
      return { Replications: await Promise.all(items.map((replication) => show(world, replication))), ...marker };
    },

    async StartReplication(input: Sdk.StartReplicationMessage): Promise<Sdk.StartReplicationResponse> {
      const replication = world.replications.need(input.ReplicationConfigArn);
      const status = await statusOf(world, replication);
      if (!['created', 'ready', 'stopped', 'failed'].includes(status)) {
        invalidState(`Replication cannot be started, its status is ${status}`);
      }
      replication.startType = checkStartType(replication, input.StartReplicationType);
      delete replication.refused;
      const sides = [replication.source, replication.target].map((arn) => world.endpoints.need(arn));
      replication.connections = Promise.all(sides.map((endpoint) => tryConnection(world, endpoint)));
      await replication.load.start(replication.startType, after(world.now(), secondsUntil('running')));
      return { Replication: await show(world, replication) };
    },

    async StopReplication(input: Sdk.StopReplicationMessage): Promise<Sdk.StopReplicationResponse> {
      const replication = world.replications.need(input.ReplicationConfigArn);
      const status = await statusOf(world, replication);
      if (status !== 'running' && !PHASES.some(([phase]) => phase === status)) {
        invalidState(`Replication cannot be stopped, its status is ${status}`);
      }
      await replication.load.stop();
      return { Replication: await show(world, replication) };
    },

    async DeleteReplicationConfig(
      input: Sdk.DeleteReplicationConfigMessage,
    ): Promise<Sdk.DeleteReplicationConfigResponse> {
      const replication = world.replications.need(input.ReplicationConfigArn);
      const status = await statusOf(world, replication);
      if (!['created', 'ready', 'stopped', 'failed'].includes(status)) {
        invalidState(`Replication config cannot be deleted, the status of its replication is ${status}`);
      }
      replication.deletingAt = world.now();
      replication.goneAt = after(replication.deletingAt, DURATIONS.replicationDeleting);
      await replication.load.stop();
      return { ReplicationConfig: showConfig(replication) };
    },

    async ReloadReplicationTables(
      input: Sdk.ReloadReplicationTablesMessage,
    ): Promise<Sdk.ReloadReplicationTablesResponse> {
      const replication = world.replications.need(input.ReplicationConfigArn);
      if ((await statusOf(world, replication)) !== 'running')
        invalidState('Replication is not running: tables cannot be reloaded');
      reloadTables(replication.load, input);
      return { ReplicationConfigArn: replication.arn };
    },
  };
}

function found(world: World, filters: Sdk.Filter[] | undefined): ReplicationRecord[] {
  return applyFilters(world.replications.list(), filters, {
    of: 'Replication Configs',
    fields: { 'replication-config-arn': ({ arn }) => arn, 'replication-config-id': ({ identifier }) => identifier },
  });
}

/** How long a start takes until it reaches a phase, or runs. */
function secondsUntil(status: string): number {
  const index = PHASES.findIndex(([phase]) => phase === status);
  return PHASES.slice(0, index === -1 ? undefined : index).reduce((sum, [, seconds]) => sum + seconds, 0);
}

/** A full load can't be resumed: "The resume-processing option isn't applicable" (StartReplication). */
function checkStartType({ load }: ReplicationRecord, type: string | undefined): StartType {
  const isFirst = load.startedAt === undefined;
  if (type === (isFirst ? 'start-replication' : 'reload-target')) return type;
  return invalidCombination(
    `Start Type : ${type}, not valid for a full load that ${isFirst ? 'never ran' : 'has run'}`,
  );
}

async function statusOf(world: World, replication: ReplicationRecord): Promise<string> {
  const { load, createdAt, deletingAt } = replication;
  const now = world.now();
  if (deletingAt !== undefined) return 'deleting';
  if (load.startedAt === undefined) return now < after(createdAt, DURATIONS.replicationCreating) ? 'created' : 'ready';
  if (load.stoppedAt !== undefined && replication.refused === undefined) {
    return now < after(load.stoppedAt, DURATIONS.replicationStopping) ? 'stopping' : 'stopped';
  }
  await refuseUnreachable(world, replication);
  const end = replication.refused ?? load.end();
  if (end !== undefined) return end.status;
  const elapsed = (now.getTime() - load.startedAt.getTime()) / 1_000;
  return (
    PHASES.findLast(([phase]) => elapsed >= secondsUntil(phase) && elapsed < secondsUntil('running'))?.[0] ?? 'running'
  );
}

/** When the phase testing_connection is over, a replication whose databases can't be reached is too. */
async function refuseUnreachable(world: World, replication: ReplicationRecord): Promise<void> {
  const { load, refused, connections } = replication;
  if (load.startedAt === undefined || refused !== undefined) return;
  const testedAt = after(load.startedAt, secondsUntil('fetching_metadata'));
  if (world.now() < testedAt) return;
  const failure = (await connections).find((message) => message !== undefined);
  if (failure === undefined) return;
  replication.refused = { ...fatal(failure), at: testedAt };
  await load.stop();
}

function recordOf(world: World, input: Sdk.CreateReplicationConfigMessage): ReplicationRecord {
  const given = checkRunner(world, {
    source: input.SourceEndpointArn,
    target: input.TargetEndpointArn,
    type: input.ReplicationType,
    tableMappings: input.TableMappings,
    settings: input.ReplicationSettings,
  });
  const compute = input.ComputeConfig ?? {};
  const { MinCapacityUnits: least = 1, MaxCapacityUnits: most, ReplicationSubnetGroupId: group } = compute;
  if (most === undefined || !CAPACITY_UNITS.includes(most) || !CAPACITY_UNITS.includes(least) || least > most) {
    invalidValue(`Capacity units must be among ${CAPACITY_UNITS.join(', ')}, the least not above the most`);
  }
  return {
    arn: arnOf(world, 'replication-config', checkResourceIdentifier(input.ResourceIdentifier)),
    identifier: checkIdentifier('ReplicationConfigIdentifier', input.ReplicationConfigIdentifier),
    tags: checkTags(input.Tags),
    createdAt: world.now(),
    compute,
    ...(group !== undefined && { subnetGroup: needSubnetGroup(world, group).identifier }),
    ...given,
    load: new FullLoad(world, given),
    connections: Promise.resolve([]),
  };
}

function showConfig(replication: ReplicationRecord): Sdk.ReplicationConfig {
  return {
    ReplicationConfigIdentifier: replication.identifier,
    ReplicationConfigArn: replication.arn,
    SourceEndpointArn: replication.source,
    TargetEndpointArn: replication.target,
    ReplicationType: 'full-load',
    ComputeConfig: replication.compute,
    ReplicationSettings: replication.settings,
    TableMappings: replication.tableMappings,
    ReplicationConfigCreateTime: replication.createdAt,
    ReplicationConfigUpdateTime: replication.createdAt,
  };
}

async function show(world: World, replication: ReplicationRecord): Promise<Sdk.Replication> {
  const { load, startType } = replication;
  const status = await statusOf(world, replication);
  // Looked for after the status, which may refuse it.
  const end = replication.refused ?? load.end();
  const isOver = end !== undefined && status !== 'stopping';
  return {
    ReplicationConfigIdentifier: replication.identifier,
    ReplicationConfigArn: replication.arn,
    SourceEndpointArn: replication.source,
    TargetEndpointArn: replication.target,
    ReplicationType: 'full-load',
    Status: status,
    ...(load.startedAt && { ProvisionData: provisionDataOf(world, replication, end), ReplicationStats: load.stats() }),
    ...(isOver && { StopReason: end.stopReason, ReplicationLastStopTime: end.at }),
    ...(isOver && { ReplicationDeprovisionTime: after(end.at, DURATIONS.replicationDeprovisioning) }),
    ...(end?.message !== undefined && { FailureMessages: [end.message] }),
    ...(startType && { StartReplicationType: startType }),
    ReplicationCreateTime: replication.createdAt,
  };
}

/** Capacity is paid for from `provisioned` to `deprovisioned`, however long ago the replication stopped. */
function provisionDataOf(
  world: World,
  { load, compute }: ReplicationRecord,
  end: MoveEnd | undefined,
): Sdk.ProvisionData {
  const [now, startedAt] = [world.now(), load.startedAt ?? world.now()];
  const provisionedAt = after(startedAt, secondsUntil('replication_starting'));
  const wasProvisioned = (end?.at ?? now) >= provisionedAt;
  if (end !== undefined && (!wasProvisioned || now >= after(end.at, DURATIONS.replicationDeprovisioning))) {
    return { ProvisionState: 'deprovisioned', ProvisionedCapacityUnits: 0 };
  }
  if (!wasProvisioned) return { ProvisionState: 'provisioning', ProvisionedCapacityUnits: 0 };
  return {
    ProvisionState: 'provisioned',
    ProvisionedCapacityUnits: compute.MinCapacityUnits ?? 1,
    DateProvisioned: provisionedAt,
  };
}
