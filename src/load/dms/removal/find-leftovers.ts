import type { Services } from '../../../services.ts';
import type { Leftover } from '../../strategy.ts';
import { callDms } from '../calls.ts';
import { KINDS, type Kind } from '../names.ts';
import { DEPLOYMENT_TAG, LOAD_TAG } from '../../owned-load.ts';
import { subnetGroupArn } from '../resources/subnet-group.ts';
import { tagsByArn } from '../resources/tags.ts';

/**
 * The end of every ARN of ours, which DMS takes from the name that we give (resourceName). The sweep's role may ask for the
 * tags of such ARNs only, and IAM refuses a whole request for one ARN too many: of a thing whose name is like ours, say.
 */
const OURS = /:il-[^:]*$/;

interface Listed {
  kind: Kind;
  id: string;
  arn: string;
}

/**
 * Everything in the account's DMS that carries a load's tag and this deployment's. What only has a name like ours, or
 * another deployment's tag, is not found. Assessment runs go with their tasks.
 */
export async function findLeftovers(services: Services): Promise<Leftover[]> {
  if (services.deployment.dms === undefined) return [];
  const listed: Listed[] = [];
  for (const list of [listRunners, listEndpoints, listInstances, listSubnetGroups]) {
    listed.push(...(await list(services)).filter(({ arn }) => OURS.test(arn)));
  }
  const tags = await tagsByArn(listed.map(({ arn }) => arn));
  return listed.flatMap(({ kind, id, arn }) => {
    const loadId = tags.get(arn)?.get(LOAD_TAG);
    const isOurs = tags.get(arn)?.get(DEPLOYMENT_TAG) === services.deployment.name;
    return loadId === undefined || !isOurs ? [] : [{ loadId, type: KINDS[kind], id }];
  });
}

function listRunners(): Promise<Listed[]> {
  return callDms('DescribeReplicationTasks and DescribeReplicationConfigs', async ({ client, sdk }) => {
    const listed: Listed[] = [];
    for await (const page of sdk.paginateDescribeReplicationTasks({ client }, { WithoutSettings: true })) {
      for (const { ReplicationTaskIdentifier: id = '', ReplicationTaskArn: arn = '' } of page.ReplicationTasks ?? []) {
        listed.push({ kind: 'task', id, arn });
      }
    }
    for await (const page of sdk.paginateDescribeReplicationConfigs({ client }, {})) {
      for (const config of page.ReplicationConfigs ?? []) {
        const { ReplicationConfigIdentifier: id = '', ReplicationConfigArn: arn = '' } = config;
        listed.push({ kind: 'replication', id, arn });
      }
    }
    return listed;
  });
}

function listEndpoints(): Promise<Listed[]> {
  return callDms('DescribeEndpoints', async ({ client, sdk }) => {
    const listed: Listed[] = [];
    for await (const page of sdk.paginateDescribeEndpoints({ client }, {})) {
      for (const { EndpointIdentifier: id = '', EndpointArn: arn = '' } of page.Endpoints ?? []) {
        // Both sides are of one type.
        listed.push({ kind: 'source', id, arn });
      }
    }
    return listed;
  });
}

function listInstances(): Promise<Listed[]> {
  return callDms('DescribeReplicationInstances', async ({ client, sdk }) => {
    const listed: Listed[] = [];
    for await (const page of sdk.paginateDescribeReplicationInstances({ client }, {})) {
      for (const instance of page.ReplicationInstances ?? []) {
        const { ReplicationInstanceIdentifier: id = '', ReplicationInstanceArn: arn = '' } = instance;
        listed.push({ kind: 'instance', id, arn });
      }
    }
    return listed;
  });
}

function listSubnetGroups(services: Services): Promise<Listed[]> {
  return callDms('DescribeReplicationSubnetGroups', async ({ client, sdk }) => {
    const listed: Listed[] = [];
    for await (const page of sdk.paginateDescribeReplicationSubnetGroups({ client }, {})) {
      for (const { ReplicationSubnetGroupIdentifier: id = '' } of page.ReplicationSubnetGroups ?? []) {
        listed.push({ kind: 'subnets', id, arn: await subnetGroupArn(services, id) });
      }
    }
    return listed;
  });
}
