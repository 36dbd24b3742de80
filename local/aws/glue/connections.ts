import type * as Sdk from '@aws-sdk/client-glue';
import { ServiceFault } from '../service-fault.ts';
import { pageOf } from './pages.ts';
import { checkTags } from './tags.ts';
import {
  checkName,
  invalidInput,
  needConnection,
  notImplemented,
  type ConnectionRecord,
  type JobRecord,
  type World,
} from './world.ts';

export function connectionOperations(world: World) {
  return {
    CreateConnection({ ConnectionInput, Tags }: Sdk.CreateConnectionRequest): Sdk.CreateConnectionResponse {
      const input = checkConnection(ConnectionInput);
      const name = input.Name ?? '';
      if (world.connections.has(name)) {
        throw new ServiceFault('AlreadyExistsException', `Connection already exists: ${name}`);
      }
      world.connections.set(name, { name, input, tags: checkTags(Tags), createdAt: world.now() });
      return { CreateConnectionStatus: 'READY' };
    },

    GetConnection({ Name, HidePassword }: Sdk.GetConnectionRequest): Sdk.GetConnectionResponse {
      return { Connection: show(needConnection(world, Name), HidePassword) };
    },

    GetConnections({ Filter = {}, HidePassword, ...paging }: Sdk.GetConnectionsRequest): Sdk.GetConnectionsResponse {
      const { ConnectionType, MatchCriteria = [] } = Filter;
      const found = [...world.connections.values()].filter(
        ({ input }) =>
          (ConnectionType === undefined || input.ConnectionType === ConnectionType) &&
          MatchCriteria.every((criterion) => input.MatchCriteria?.includes(criterion)),
      );
      const { items, next } = pageOf(found, paging, { most: 1_000, pageSize: world.pageSize });
      return { ConnectionList: items.map((connection) => show(connection, HidePassword)), ...next };
    },

    DeleteConnection({ ConnectionName }: Sdk.DeleteConnectionRequest): Sdk.DeleteConnectionResponse {
      world.connections.delete(needConnection(world, ConnectionName).name);
      return {};
    },
  };
}

/** What keeps a job's runs from beginning, in Glue's words: its connections are looked at only then. */
export function findObstacle(world: World, { definition }: JobRecord): string | undefined {
  for (const name of definition.Connections?.Connections ?? []) {
    const connection = world.connections.get(name);
    if (connection === undefined) return `Connection ${name} not found.`;
    if (!connection.input.PhysicalConnectionRequirements?.AvailabilityZone) {
      return 'CONNECTION_LIST_CONNECTION_WITH_AZ_NULL';
    }
  }
  return undefined;
}

/** @throws ServiceFault InvalidInputException, NotImplemented */
function checkConnection(input: Sdk.ConnectionInput | undefined): Sdk.ConnectionInput {
  if (input === undefined) return invalidInput('ConnectionInput is required');
  checkName('connectionInput.name', input.Name);
  if (input.ConnectionType !== 'NETWORK') notImplemented('it has connections of the type NETWORK only');
  const { SubnetId, SecurityGroupIdList = [] } = input.PhysicalConnectionRequirements ?? {};
  if (!SubnetId || SecurityGroupIdList.length === 0) {
    invalidInput('A NETWORK connection needs PhysicalConnectionRequirements with a subnet and security groups');
  }
  return input;
}

function show({ name, input, createdAt }: ConnectionRecord, hidePassword: boolean | undefined): Sdk.Connection {
  const { PASSWORD, ...open } = input.ConnectionProperties ?? {};
  return {
    Name: name,
    Description: input.Description,
    ConnectionType: input.ConnectionType,
    MatchCriteria: input.MatchCriteria,
    ConnectionProperties: { ...open, ...(PASSWORD !== undefined && !hidePassword && { PASSWORD }) },
    PhysicalConnectionRequirements: input.PhysicalConnectionRequirements,
    CreationTime: createdAt,
    LastUpdatedTime: createdAt,
    Status: 'READY',
    ConnectionSchemaVersion: 1,
  };
}
