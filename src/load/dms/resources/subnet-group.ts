import { databaseMigrationService } from '../../../aws/clients.ts';
import { LoadFailedError } from '../../../errors.ts';
import type { Load, Services } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { callDms } from '../calls.ts';
import { askToEnd, type Ending } from './end.ts';
import { makeOnce, THERE_ALREADY, type Found } from './made.ts';
import { nameOf, tagsOf } from '../names.ts';
import type { OwnedLoad } from '../../owned-load.ts';

/** The load's own group, of the deployment's subnets. @returns the step's answer; undefined when it had been made before */
export async function makeSubnetGroup(load: Load): Promise<StepAnswer | undefined> {
  const name = nameOf(load, 'subnets');
  return makeOnce(load, 'subnets', {
    create: () =>
      callDms(
        'CreateReplicationSubnetGroup',
        async ({ client, sdk }) => {
          const command = new sdk.CreateReplicationSubnetGroupCommand({
            ReplicationSubnetGroupIdentifier: name,
            ReplicationSubnetGroupDescription: `Of the load ${load.loadId}`,
            SubnetIds: load.services.deployment.dms?.subnetIds ?? [],
            Tags: tagsOf(load),
          });
          await client.send(command);
          return subnetGroupArn(load.services, name);
        },
        { ResourceAlreadyExistsFault: THERE_ALREADY },
      ),
    // Its ARN follows from its name, and it has no status of being deleted: there is nothing to ask DMS.
    find: async () => ({ arn: await subnetGroupArn(load.services, name), status: '' }),
  });
}

/** @param knownArn of anything in the same account, where the deployment doesn't tell */
export async function findSubnetGroup(load: OwnedLoad, knownArn?: string): Promise<Found | undefined> {
  const name = nameOf(load, 'subnets');
  const found = await callDms(
    'DescribeReplicationSubnetGroups',
    async ({ client, sdk }) => {
      const Filters = [{ Name: 'replication-subnet-group-id', Values: [name] }];
      const answer = await client.send(new sdk.DescribeReplicationSubnetGroupsCommand({ Filters }));
      return answer.ReplicationSubnetGroups ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
  if (found[0] === undefined) return undefined;
  return { arn: await subnetGroupArn(load.services, name, knownArn), status: found[0].SubnetGroupStatus ?? '' };
}

export function deleteSubnetGroup(load: OwnedLoad): Promise<Ending> {
  const ReplicationSubnetGroupIdentifier = nameOf(load, 'subnets');
  return askToEnd('DeleteReplicationSubnetGroup', ({ client, sdk }) =>
    client.send(new sdk.DeleteReplicationSubnetGroupCommand({ ReplicationSubnetGroupIdentifier })),
  );
}

/**
 * DMS describes subnet groups without their ARNs, by which alone it lists tags: arn:<partition>:dms:<region>:<account>:
 * subgrp:<name> (service authorization reference of AWS DMS, "Resource types"). Partition and account are those of the
 * deployment's access role, or, where DMS has been switched off since, of something else that the load has there.
 *
 * @throws LoadFailedError when neither is known: whose it is can't be asked then
 */
export async function subnetGroupArn(
  { deployment }: Pick<Services, 'deployment'>,
  name: string,
  knownArn?: string,
): Promise<string> {
  const known = deployment.dms?.accessRoleArn ?? knownArn;
  if (known === undefined) {
    throw new LoadFailedError(
      `Whose the subnet group ${name} is cannot be asked, since the deployment names no access role (DMS_ACCESS_ROLE_ARN).`,
    );
  }
  const [, partition, , , account] = known.split(':');
  const { client } = await databaseMigrationService();
  return `arn:${partition}:dms:${await client.config.region()}:${account}:subgrp:${name}`;
}
