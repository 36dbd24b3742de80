import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { adviceFor } from '../advice.ts';
import { callDms } from '../calls.ts';
import { askToEnd, type Ending } from './end.ts';
import { makeOnce, THERE_ALREADY, needArn, readMade, rememberReady, type Found } from './made.ts';
import { nameOf, tagsOf } from '../names.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import { POLL_SECONDS, waitFor } from '../../pace.ts';
import type { Sizing } from '../weigh/sizing.ts';

type Temporary = Extract<Sizing, { mode: 'temporary-instance' }>;
type Given = Extract<Sizing, { mode: 'given-instance' }>;

/**
 * The temporary instance.
 * @param subnets the subnet group's identifier; without one the instance stands in the account's default VPC
 * @returns the step's answer; undefined when it had been made before
 */
export async function makeInstance(load: Load, sizing: Temporary, subnets?: string): Promise<StepAnswer | undefined> {
  const name = nameOf(load, 'instance');
  const securityGroupIds = load.services.deployment.dms?.securityGroupIds ?? [];
  return makeOnce(load, 'instance', {
    create: () =>
      callDms(
        'CreateReplicationInstance',
        async ({ client, sdk }) => {
          const command = new sdk.CreateReplicationInstanceCommand({
            ReplicationInstanceIdentifier: name,
            ResourceIdentifier: name,
            ReplicationInstanceClass: sizing.instanceClass,
            AllocatedStorage: sizing.storageGigabytes,
            ...(securityGroupIds.length > 0 && { VpcSecurityGroupIds: securityGroupIds }),
            ...(subnets !== undefined && { ReplicationSubnetGroupIdentifier: subnets }),
            // One that stands by would double the price of what a next attempt can repeat.
            MultiAZ: false,
            PubliclyAccessible: false,
            AutoMinorVersionUpgrade: false,
            Tags: tagsOf(load),
          });
          return (await client.send(command)).ReplicationInstance?.ReplicationInstanceArn ?? THERE_ALREADY;
        },
        { ResourceAlreadyExistsFault: THERE_ALREADY },
      ),
    find: () => findInstance(load),
  });
}

/**
 * Waits for the instance. A given one is looked at too, since it may be changing at the moment.
 * @returns the step's answer; undefined once the instance can be used
 * @throws LoadFailedError when it won't be available any more
 */
export async function awaitInstance(load: Load, sizing: Temporary | Given): Promise<StepAnswer | undefined> {
  const made = await readMade(load);
  if (made.ready.includes('instance')) return undefined;
  const arn = sizing.mode === 'given-instance' ? sizing.instanceArn : needArn(made, 'instance');
  const found = await describeInstance('replication-instance-arn', arn);
  const status = found?.status ?? 'deleted';
  switch (INSTANCE_STATUSES.get(status)) {
    case 'ready':
      await rememberReady(load, 'instance');
      return undefined;
    case 'changing':
      return waitFor(load, { shortestSeconds: POLL_SECONDS });
    case 'broken':
      throw new LoadFailedError(
        `The replication instance ${arn} is ${status}. ` +
          adviceFor(status === 'deleting' ? 'instance deleted' : `instance ${status}`),
      );
    case undefined:
      throw new LoadFailedError(
        `The replication instance ${arn} has the status "${status}". ${adviceFor('unknown status')}`,
      );
  }
}

/** What each status means for a load that wants to use the instance; those of ReplicationInstanceStatus in the SDK. */
export const INSTANCE_STATUSES: ReadonlyMap<string, 'ready' | 'changing' | 'broken'> = new Map([
  ['available', 'ready'],
  ['creating', 'changing'],
  ['modifying', 'changing'],
  ['upgrading', 'changing'],
  ['rebooting', 'changing'],
  ['resetting-master-credentials', 'changing'],
  ['maintenance', 'changing'],
  ['deleting', 'broken'],
  ['deleted', 'broken'],
  ['failed', 'broken'],
  ['storage-full', 'broken'],
  ['incompatible-credentials', 'broken'],
  ['incompatible-network', 'broken'],
]);

/** The load's own instance, by its name. A given one is never found so. */
export function findInstance(load: OwnedLoad): Promise<Found | undefined> {
  return describeInstance('replication-instance-id', nameOf(load, 'instance'));
}

async function describeInstance(filter: string, value: string): Promise<Found | undefined> {
  const found = await callDms(
    'DescribeReplicationInstances',
    async ({ client, sdk }) => {
      const Filters = [{ Name: filter, Values: [value] }];
      return (await client.send(new sdk.DescribeReplicationInstancesCommand({ Filters }))).ReplicationInstances ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
  const [{ ReplicationInstanceArn: arn, ReplicationInstanceStatus: status = '' } = {}] = found;
  return arn === undefined ? undefined : { arn, status };
}

export function deleteInstance(_load: OwnedLoad, arn: string): Promise<Ending> {
  return askToEnd('DeleteReplicationInstance', ({ client, sdk }) =>
    client.send(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn })),
  );
}
