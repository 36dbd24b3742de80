import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { checkIdentifier, checkResourceIdentifier } from './identifiers.ts';
import { applyFilters, pageOf } from './pages.ts';
import { needSubnetGroup, showSubnetGroup } from './subnet-groups.ts';
import { checkTags } from './tags.ts';
import { after, arnOf, DURATIONS, invalidState, invalidValue, type Kept, type World } from './world.ts';

export interface InstanceRecord extends Kept {
  instanceClass: string;
  storageGigabytes: number;
  subnetGroup?: string;
  securityGroups: string[];
  isPublic: boolean;
  multiAz: boolean;
  engineVersion: string;
  /** What it ends in instead of available, when scripted. */
  endsIn?: string;
}

const CLASS = /^dms\.[a-z0-9]+\.[a-z0-9]+$/;
const STORAGE_GIGABYTES = { from: 5, to: 6_144, usually: 50 };

export function instanceOperations(world: World) {
  return {
    CreateReplicationInstance(input: Sdk.CreateReplicationInstanceMessage): Sdk.CreateReplicationInstanceResponse {
      const instance = world.instances.put(recordOf(world, input));
      return { ReplicationInstance: show(world, instance) };
    },

    DescribeReplicationInstances(
      input: Sdk.DescribeReplicationInstancesMessage,
    ): Sdk.DescribeReplicationInstancesResponse {
      const found = applyFilters(world.instances.list(), input.Filters, {
        of: 'Replication Instances',
        fields: {
          'replication-instance-arn': ({ arn }) => arn,
          'replication-instance-id': ({ identifier }) => identifier,
          'replication-instance-class': ({ instanceClass }) => instanceClass,
          'engine-version': ({ engineVersion }) => engineVersion,
        },
      });
      const { items, marker } = pageOf(found, input, world);
      return { ReplicationInstances: items.map((instance) => show(world, instance)), ...marker };
    },

    DeleteReplicationInstance(input: Sdk.DeleteReplicationInstanceMessage): Sdk.DeleteReplicationInstanceResponse {
      const instance = world.instances.need(input.ReplicationInstanceArn);
      const status = instanceStatus(world, instance);
      if (status === 'creating' || status === 'deleting') {
        invalidState(`Replication instance ${instance.identifier} cannot be deleted, its status is ${status}`);
      }
      if (world.tasks.list().some((task) => task.instance === instance.arn)) {
        invalidState(`Replication instance ${instance.identifier} has one or more replication tasks`);
      }
      instance.deletingAt = world.now();
      instance.goneAt = after(instance.deletingAt, DURATIONS.instanceDeleting);
      return { ReplicationInstance: show(world, instance) };
    },
  };
}

export function instanceStatus({ now }: World, { deletingAt, createdAt, endsIn }: InstanceRecord): string {
  if (deletingAt !== undefined) return 'deleting';
  return now() < after(createdAt, DURATIONS.instanceCreating) ? 'creating' : (endsIn ?? 'available');
}

function recordOf(world: World, input: Sdk.CreateReplicationInstanceMessage): InstanceRecord {
  const { ReplicationInstanceClass = '', AllocatedStorage = STORAGE_GIGABYTES.usually } = input;
  if (!CLASS.test(ReplicationInstanceClass)) invalidValue(`No such instance class: ${ReplicationInstanceClass}`);
  const isWhole = Number.isInteger(AllocatedStorage);
  if (!isWhole || AllocatedStorage < STORAGE_GIGABYTES.from || AllocatedStorage > STORAGE_GIGABYTES.to) {
    invalidValue(`Invalid value ${AllocatedStorage} for AllocatedStorage`);
  }
  const group = input.ReplicationSubnetGroupIdentifier;
  const endsIn = world.dataFaults.takeInstanceStatus();
  return {
    arn: arnOf(world, 'rep', checkResourceIdentifier(input.ResourceIdentifier)),
    identifier: checkIdentifier('ReplicationInstanceIdentifier', input.ReplicationInstanceIdentifier, 63),
    tags: checkTags(input.Tags),
    createdAt: world.now(),
    instanceClass: ReplicationInstanceClass,
    storageGigabytes: AllocatedStorage,
    ...(group !== undefined && { subnetGroup: needSubnetGroup(world, group).identifier }),
    securityGroups: input.VpcSecurityGroupIds ?? [],
    isPublic: input.PubliclyAccessible ?? true,
    multiAz: input.MultiAZ ?? false,
    engineVersion: input.EngineVersion ?? '3.6.1',
    ...(endsIn !== undefined && { endsIn }),
  };
}

function show(world: World, instance: InstanceRecord): Sdk.ReplicationInstance {
  const { subnetGroup } = instance;
  return {
    ReplicationInstanceIdentifier: instance.identifier,
    ReplicationInstanceClass: instance.instanceClass,
    ReplicationInstanceStatus: instanceStatus(world, instance),
    AllocatedStorage: instance.storageGigabytes,
    InstanceCreateTime: instance.createdAt,
    VpcSecurityGroups: instance.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ...(subnetGroup !== undefined && { ReplicationSubnetGroup: showSubnetGroup(needSubnetGroup(world, subnetGroup)) }),
    MultiAZ: instance.multiAz,
    EngineVersion: instance.engineVersion,
    AutoMinorVersionUpgrade: true,
    ReplicationInstanceArn: instance.arn,
    PubliclyAccessible: instance.isPublic,
  };
}
