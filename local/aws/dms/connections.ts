import type * as Sdk from '@aws-sdk/client-database-migration-service';
import type { EndpointRecord } from './endpoints.ts';
import { instanceStatus, type InstanceRecord } from './instances.ts';
import { applyFilters, pageOf } from './pages.ts';
import { after, DURATIONS, invalidState, type World } from './world.ts';

/** The latest test of an endpoint from an instance. */
export interface TestedConnection {
  instance: InstanceRecord;
  endpoint: EndpointRecord;
  testedAt: Date;
  /** What really trying it said; undefined when it succeeded. */
  failure: Promise<string | undefined>;
}

export function connectionOperations(world: World) {
  return {
    async TestConnection(input: Sdk.TestConnectionMessage): Promise<Sdk.TestConnectionResponse> {
      const instance = world.instances.need(input.ReplicationInstanceArn);
      const endpoint = world.endpoints.need(input.EndpointArn);
      const status = instanceStatus(world, instance);
      if (status !== 'available') {
        invalidState(`Replication instance ${instance.identifier} is not available, its status is ${status}`);
      }
      const running = connectionOf(world, instance.arn, endpoint.arn);
      if (running !== undefined && isTesting(world, running)) {
        invalidState(`Connection between ${instance.arn} and ${endpoint.arn} is already being tested`);
      }
      const connection = { instance, endpoint, testedAt: world.now(), failure: tryConnection(world, endpoint) };
      world.connections = [...present(world).filter((other) => other !== running), connection];
      return { Connection: await show(world, connection) };
    },

    async DescribeConnections(input: Sdk.DescribeConnectionsMessage): Promise<Sdk.DescribeConnectionsResponse> {
      const found = applyFilters(present(world), input.Filters, {
        of: 'Connections',
        fields: {
          'endpoint-arn': ({ endpoint }) => endpoint.arn,
          'replication-instance-arn': ({ instance }) => instance.arn,
        },
      });
      const { items, marker } = pageOf(found, input, world);
      return { Connections: await Promise.all(items.map((connection) => show(world, connection))), ...marker };
    },
  };
}

/** Whether a task may be started there. */
export async function isTested(world: World, instance: string, endpoint: string): Promise<boolean> {
  const connection = connectionOf(world, instance, endpoint);
  return connection !== undefined && (await show(world, connection)).Status === 'successful';
}

/** What keeps the endpoint from being reached; undefined when it can be. */
export async function tryConnection(world: World, endpoint: EndpointRecord): Promise<string | undefined> {
  return world.dataFaults.takeConnectionFailure(endpoint) ?? (await world.mover.test(endpoint));
}

function connectionOf(world: World, instance: string, endpoint: string): TestedConnection | undefined {
  return present(world).find((other) => other.instance.arn === instance && other.endpoint.arn === endpoint);
}

/** Connections go with what they connect. */
function present(world: World): TestedConnection[] {
  const [instances, endpoints] = [world.instances.list(), world.endpoints.list()];
  world.connections = world.connections.filter(
    ({ instance, endpoint }) => instances.includes(instance) && endpoints.includes(endpoint),
  );
  return world.connections;
}

function isTesting({ now }: World, { testedAt }: TestedConnection): boolean {
  return now() < after(testedAt, DURATIONS.connectionTesting);
}

async function show(world: World, connection: TestedConnection): Promise<Sdk.Connection> {
  const { instance, endpoint } = connection;
  const shown = {
    ReplicationInstanceArn: instance.arn,
    EndpointArn: endpoint.arn,
    EndpointIdentifier: endpoint.identifier,
    ReplicationInstanceIdentifier: instance.identifier,
  };
  if (instance.deletingAt ?? endpoint.deletingAt) return { ...shown, Status: 'deleting' };
  if (isTesting(world, connection)) return { ...shown, Status: 'testing' };
  const failure = await connection.failure;
  return failure === undefined
    ? { ...shown, Status: 'successful' }
    : { ...shown, Status: 'failed', LastFailureMessage: failure };
}
