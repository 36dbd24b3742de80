import type { CreateEndpointMessage } from '@aws-sdk/client-database-migration-service';
import type { DatabaseSurvey } from '../../../model.ts';
import { databaseTargetOf } from '../../../request/database-target.ts';
import type { ConnectionReference, Engine } from '../../../request/schema.ts';
import type { Deployment, Load } from '../../../services.ts';

/** An endpoint as it is created, less what it is called. */
export type Endpoint = Omit<CreateEndpointMessage, 'EndpointIdentifier' | 'ResourceIdentifier' | 'Tags'>;
export type Side = 'source' | 'target';

/** DMS ends a statement after a minute otherwise, and a query of a big table may begin to answer later. */
const STATEMENT_TIMEOUT_SECONDS = 3_600;

type EngineSettings = (side: Side, access: Access) => Omit<Endpoint, 'EndpointType'>;
interface Access {
  secret: { SecretsManagerAccessRoleArn: string; SecretsManagerSecretId: string };
  database: string;
}

/**
 * Host, port, user and password are in the secret, which DMS reads with a role of its own; no credential is in the call.
 * The SDK's PostgreSQLSettings, MySQLSettings, OracleSettings and MicrosoftSQLServerSettings say what each setting does.
 */
const ENGINES: Record<Engine, EngineSettings> = {
  postgres: (side, { secret, database }) => ({
    EngineName: 'postgres',
    PostgreSQLSettings: {
      ...secret,
      DatabaseName: database,
      ExecuteTimeout: STATEMENT_TIMEOUT_SECONDS,
      // On both sides, or a boolean travels as varchar(5).
      MapBooleanAsBoolean: true,
      ...(side === 'source' && {
        // Triggers and tables in the source are for following changes only.
        CaptureDdls: false,
        FailTasksOnLobTruncation: true,
        TrimSpaceInChar: false,
        // Or text is compared like character(n), which knows no trailing spaces.
        DisableUnicodeSourceFilter: true,
      }),
    },
  }),
  mysql: mysqlSettings('mysql'),
  mariadb: mysqlSettings('mariadb'),
  oracle: (side, { secret, database }) => ({
    EngineName: 'oracle',
    OracleSettings: {
      ...secret,
      DatabaseName: database,
      ...(side === 'source' && { FailTasksOnLobTruncation: true, TrimSpaceInChar: false }),
    },
  }),
  sqlserver: (side, { secret, database }) => ({
    EngineName: 'sqlserver',
    MicrosoftSQLServerSettings: {
      ...secret,
      DatabaseName: database,
      ...(side === 'source' ? { TrimSpaceInChar: false } : { UseBcpFullLoad: true }),
    },
  }),
};

/** Without DatabaseName, which would send every table into one database: here a schema of the table mappings is one. */
function mysqlSettings(engine: 'mysql' | 'mariadb'): EngineSettings {
  return (side, { secret }) => ({
    EngineName: engine,
    MySQLSettings: {
      ...secret,
      ...(side === 'source'
        ? { ExecuteTimeout: STATEMENT_TIMEOUT_SECONDS }
        : { TargetDbType: 'multiple-databases', ParallelLoadThreads: 1 }),
    },
  });
}

/** @throws Error for what fit refuses: no database, no secret, a deployment without AWS DMS */
export function endpointOf(
  load: Pick<Load, 'request' | 'survey'> & { services: { deployment: Deployment } },
  side: Side,
): Endpoint {
  const { request, survey, services } = load;
  const database = survey[side];
  const connection = side === 'source' ? request.source.connection : databaseTargetOf(request)?.connection;
  const role = services.deployment.dms?.accessRoleArn;
  if (!database || connection === undefined || role === undefined) {
    throw new Error(`No DMS endpoint can be made of this load's ${side}.`);
  }
  const secret = { SecretsManagerAccessRoleArn: role, SecretsManagerSecretId: secretIdOf(connection) };
  return {
    EndpointType: side,
    SslMode: sslModeOf(database),
    ...ENGINES[database.engine](side, { secret, database: database.database }),
  };
}

/** As the request writes it: DMS takes a name as well as an ARN. */
function secretIdOf(connection: ConnectionReference): string {
  return typeof connection === 'string' ? connection : connection.secret;
}

function sslModeOf({ tls }: DatabaseSurvey): Endpoint['SslMode'] {
  return tls === 'require' ? 'require' : 'none';
}

/** Where DMS publishes rows. */
export interface KafkaTopic {
  /** host:port, separated by commas. */
  brokers: string;
  topic: string;
  tls: boolean;
}

/**
 * A Kafka target: one record a row, keyed by table and key. Without SASL: KafkaSettings has no fields for a secret, so a
 * password would stand in the call.
 */
export function kafkaEndpoint({ brokers, topic, tls }: KafkaTopic): Endpoint {
  return {
    EndpointType: 'target',
    EngineName: 'kafka',
    KafkaSettings: {
      Broker: brokers,
      Topic: topic,
      MessageFormat: 'json-unformatted',
      SecurityProtocol: tls ? 'ssl-encryption' : 'plaintext',
      IncludePartitionValue: true,
      PartitionIncludeSchemaTable: true,
      IncludeNullAndEmpty: true,
      NoHexPrefix: true,
    },
  };
}
