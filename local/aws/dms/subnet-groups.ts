import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { ServiceFault } from '../service-fault.ts';
import { applyFilters, pageOf } from './pages.ts';
import { checkTags } from './tags.ts';
import { arnOf, invalidState, invalidValue, type Kept, type World } from './world.ts';

export interface SubnetGroupRecord extends Kept {
  description: string;
  subnetIds: string[];
}

const IDENTIFIER = /^[A-Za-z0-9._-]{1,255}$/;

export function subnetGroupOperations(world: World) {
  return {
    CreateReplicationSubnetGroup(
      input: Sdk.CreateReplicationSubnetGroupMessage,
    ): Sdk.CreateReplicationSubnetGroupResponse {
      const identifier = checkGroup(input.ReplicationSubnetGroupIdentifier);
      const subnetIds = input.SubnetIds ?? [];
      if (new Set(subnetIds).size < 2) {
        throw new ServiceFault(
          'ReplicationSubnetGroupDoesNotCoverEnoughAZs',
          'The replication subnet group does not cover enough Availability Zones: name at least two subnets',
        );
      }
      const group = world.subnetGroups.put({
        arn: arnOf(world, 'subgrp', identifier),
        identifier,
        tags: checkTags(input.Tags),
        createdAt: world.now(),
        description: input.ReplicationSubnetGroupDescription ?? '',
        subnetIds,
      });
      return { ReplicationSubnetGroup: showSubnetGroup(group) };
    },

    DescribeReplicationSubnetGroups(
      input: Sdk.DescribeReplicationSubnetGroupsMessage,
    ): Sdk.DescribeReplicationSubnetGroupsResponse {
      const found = applyFilters(world.subnetGroups.list(), input.Filters, {
        of: 'Replication Subnet Groups',
        fields: { 'replication-subnet-group-id': ({ identifier }) => identifier },
      });
      const { items, marker } = pageOf(found, input, world);
      return { ReplicationSubnetGroups: items.map(showSubnetGroup), ...marker };
    },

    DeleteReplicationSubnetGroup(input: Sdk.DeleteReplicationSubnetGroupMessage): object {
      const group = needSubnetGroup(world, input.ReplicationSubnetGroupIdentifier);
      const user = usersOf(world, group.identifier)[0];
      if (user !== undefined) {
        invalidState(`Replication subnet group ${group.identifier} is currently in use by ${user}`);
      }
      world.subnetGroups.remove(group);
      return {};
    },
  };
}

/** @throws ServiceFault ResourceNotFoundFault */
export function needSubnetGroup(world: World, identifier = ''): SubnetGroupRecord {
  const group = world.subnetGroups.list().find((other) => other.identifier === identifier.toLowerCase());
  if (group !== undefined) return group;
  throw new ServiceFault('ResourceNotFoundFault', `Replication Subnet Group not found: ${identifier}`);
}

export function showSubnetGroup({ identifier, description, subnetIds }: SubnetGroupRecord): Sdk.ReplicationSubnetGroup {
  return {
    ReplicationSubnetGroupIdentifier: identifier,
    ReplicationSubnetGroupDescription: description,
    VpcId: 'vpc-standin',
    SubnetGroupStatus: 'Complete',
    Subnets: subnetIds.map((id) => ({ SubnetIdentifier: id, SubnetStatus: 'Active' })),
    SupportedNetworkTypes: ['IPV4'],
    IsReadOnly: false,
  };
}

function usersOf(world: World, group: string): string[] {
  return [
    ...world.instances.list().filter(({ subnetGroup }) => subnetGroup === group),
    ...world.replications.list().filter(({ subnetGroup }) => subnetGroup === group),
  ].map(({ identifier }) => identifier);
}

function checkGroup(value: string | undefined): string {
  if (value !== undefined && IDENTIFIER.test(value) && value !== 'default') return value.toLowerCase();
  return invalidValue(`The parameter ReplicationSubnetGroupIdentifier is not a valid identifier. Found: ${value}`);
}
