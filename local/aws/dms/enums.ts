import {
  CharLengthSemantics,
  DatabaseMode,
  DmsSslModeValue,
  KafkaSaslMechanism,
  KafkaSecurityProtocol,
  KafkaSslEndpointIdentificationAlgorithm,
  LongVarcharMappingType,
  MessageFormatValue,
  MigrationTypeValue,
  MySQLAuthenticationMethod,
  OracleAuthenticationMethod,
  PluginNameValue,
  PostgreSQLAuthenticationMethod,
  ReloadOptionValue,
  ReplicationEndpointTypeValue,
  SafeguardPolicy,
  SqlServerAuthenticationMethod,
  StartReplicationTaskTypeValue,
  TargetDbType,
  TlogAccessMode,
} from '@aws-sdk/client-database-migration-service';
import type { Enums } from '../model-check.ts';

/** The enums that the SDK's types name, in what a request can hold here; its schemas only say that they are strings. */
export const ENUMS: Enums = {
  CreateEndpointMessage: { EndpointType: ReplicationEndpointTypeValue, SslMode: DmsSslModeValue },
  CreateReplicationConfigMessage: { ReplicationType: MigrationTypeValue },
  CreateReplicationTaskMessage: { MigrationType: MigrationTypeValue },
  GcpMySQLSettings: { TargetDbType: TargetDbType },
  KafkaSettings: {
    MessageFormat: MessageFormatValue,
    SecurityProtocol: KafkaSecurityProtocol,
    SaslMechanism: KafkaSaslMechanism,
    SslEndpointIdentificationAlgorithm: KafkaSslEndpointIdentificationAlgorithm,
  },
  MicrosoftSQLServerSettings: {
    SafeguardPolicy: SafeguardPolicy,
    TlogAccessMode: TlogAccessMode,
    AuthenticationMethod: SqlServerAuthenticationMethod,
  },
  MySQLSettings: { TargetDbType: TargetDbType, AuthenticationMethod: MySQLAuthenticationMethod },
  OracleSettings: {
    CharLengthSemantics: CharLengthSemantics,
    AuthenticationMethod: OracleAuthenticationMethod,
  },
  PostgreSQLSettings: {
    PluginName: PluginNameValue,
    MapLongVarcharAs: LongVarcharMappingType,
    DatabaseMode: DatabaseMode,
    AuthenticationMethod: PostgreSQLAuthenticationMethod,
  },
  ReloadReplicationTablesMessage: { ReloadOption: ReloadOptionValue },
  ReloadTablesMessage: { ReloadOption: ReloadOptionValue },
  StartReplicationTaskMessage: { StartReplicationTaskType: StartReplicationTaskTypeValue },
  // What is answered.
  Endpoint: { EndpointType: ReplicationEndpointTypeValue, SslMode: DmsSslModeValue },
  Replication: { ReplicationType: MigrationTypeValue },
  ReplicationConfig: { ReplicationType: MigrationTypeValue },
  ReplicationTask: { MigrationType: MigrationTypeValue },
};
