import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { checkIdentifier, checkResourceIdentifier } from './identifiers.ts';
import { applyFilters, pageOf } from './pages.ts';
import { checkTags } from './tags.ts';
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

export interface EndpointRecord extends Kept {
  type: 'source' | 'target';
  engine: string;
  /** As it was asked for, passwords left out: what Describe shows, and the mover reads. */
  shown: Omit<Sdk.CreateEndpointMessage, 'Tags' | 'ResourceIdentifier' | 'Password'>;
  database: string;
  login: EndpointLogin;
}
/** Either a secret, or the rest. */
type EndpointLogin = { secretId: string } | { username: string; password: string; serverName: string; port: number };

/** The settings of each engine that the stand-in takes, by the member of the request that holds them. */
const SETTINGS_BY_ENGINE: Record<string, keyof Sdk.CreateEndpointMessage> = {
  postgres: 'PostgreSQLSettings',
  'aurora-postgresql': 'PostgreSQLSettings',
  mysql: 'MySQLSettings',
  mariadb: 'MySQLSettings',
  aurora: 'MySQLSettings',
  oracle: 'OracleSettings',
  sqlserver: 'MicrosoftSQLServerSettings',
  kafka: 'KafkaSettings',
};

export function endpointOperations(world: World) {
  return {
    CreateEndpoint(input: Sdk.CreateEndpointMessage): Sdk.CreateEndpointResponse {
      const endpoint = world.endpoints.put(recordOf(world, input));
      return { Endpoint: show(endpoint) };
    },

    DescribeEndpoints(input: Sdk.DescribeEndpointsMessage): Sdk.DescribeEndpointsResponse {
      const found = applyFilters(world.endpoints.list(), input.Filters, {
        of: 'Endpoints',
        fields: {
          'endpoint-arn': ({ arn }) => arn,
          'endpoint-id': ({ identifier }) => identifier,
          'endpoint-type': ({ type }) => type,
          'engine-name': ({ engine }) => engine,
        },
      });
      const { items, marker } = pageOf(found, input, world);
      return { Endpoints: items.map(show), ...marker };
    },

    DeleteEndpoint(input: Sdk.DeleteEndpointMessage): Sdk.DeleteEndpointResponse {
      const endpoint = world.endpoints.need(input.EndpointArn);
      const runners = [...world.tasks.list(), ...world.replications.list()];
      if (runners.some(({ source, target }) => source === endpoint.arn || target === endpoint.arn)) {
        invalidState(`Endpoint ${endpoint.arn} is part of one or more replication tasks or replications`);
      }
      if (endpoint.deletingAt !== undefined) invalidState(`Endpoint ${endpoint.arn} is already being deleted`);
      endpoint.deletingAt = world.now();
      endpoint.goneAt = after(endpoint.deletingAt, DURATIONS.endpointDeleting);
      return { Endpoint: show(endpoint) };
    },
  };
}

function recordOf(world: World, input: Sdk.CreateEndpointMessage): EndpointRecord {
  const { Tags, ResourceIdentifier, ...shown } = withoutPasswords(input);
  const identifier = checkIdentifier('EndpointIdentifier', input.EndpointIdentifier);
  return {
    arn: arnOf(world, 'endpoint', checkResourceIdentifier(ResourceIdentifier)),
    identifier,
    tags: checkTags(Tags),
    createdAt: world.now(),
    type: input.EndpointType as EndpointRecord['type'],
    engine: input.EngineName ?? '',
    shown: { ...shown, EndpointIdentifier: identifier },
    database: databaseOf(input),
    login: loginOf(input),
  };
}

/** Beside the secret it is among the engine's own settings, else it may stand at the top. */
function databaseOf(input: Sdk.CreateEndpointMessage): string {
  const member = SETTINGS_BY_ENGINE[input.EngineName ?? ''];
  const settings = (member && input[member]) as { DatabaseName?: string } | undefined;
  return settings?.DatabaseName ?? input.DatabaseName ?? '';
}

/** SaslPassword, SslClientKeyPassword and the like stand inside of settings. */
function withoutPasswords<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, field: unknown) => (key.endsWith('Password') ? undefined : field)),
  ) as T;
}

/** A secret with the role that reads it, or user, password, server and port; never some of both. */
function loginOf(input: Sdk.CreateEndpointMessage): EndpointLogin {
  const member = SETTINGS_BY_ENGINE[input.EngineName ?? ''];
  if (member === undefined) return invalidValue(`The engine ${input.EngineName} is unknown to this stand-in`);
  const others = Object.values(SETTINGS_BY_ENGINE).filter((other) => other !== member && input[other] !== undefined);
  if (others.length > 0) invalidCombination(`${others[0]} is not valid for the engine ${input.EngineName}`);
  const settings = (input[member] ?? {}) as Record<string, unknown>;
  const { SecretsManagerSecretId: secretId, SecretsManagerAccessRoleArn: roleArn } = settings;
  const { Username, Password, ServerName, Port } = input;
  const written = [Username, Password, ServerName, Port];
  if ((secretId === undefined) !== (roleArn === undefined)) {
    return invalidCombination('SecretsManagerSecretId and SecretsManagerAccessRoleArn are only valid together');
  }
  if (typeof secretId === 'string') {
    if (written.every((value) => value === undefined)) return { secretId };
    return invalidCombination('Name either a secret, or Username, Password, ServerName and Port');
  }
  if (member === 'KafkaSettings')
    return { username: '', password: '', serverName: String(settings['Broker']), port: 0 };
  if (Username === undefined || Password === undefined || ServerName === undefined || Port === undefined) {
    return invalidCombination('Username, Password, ServerName and Port must be provided when there is no secret');
  }
  return { username: Username, password: Password, serverName: ServerName, port: Port };
}

function show({ arn, shown, deletingAt }: EndpointRecord): Sdk.Endpoint {
  return { ...shown, EndpointArn: arn, Status: deletingAt === undefined ? 'active' : 'deleting' };
}
