import { describe, expect, test } from '@jest/globals';
import { endpointOf, kafkaEndpoint, type Side } from '../../../src/load/dms/settings/endpoint-settings.ts';
import { ENGINES } from '../../../src/request/schema.ts';
import { deployment, fitInput, type PlanCase } from './plans.ts';

function endpoint(side: Side, given: PlanCase = {}) {
  const input = fitInput(given);
  return endpointOf({ ...input, services: { deployment: input.deployment } }, side);
}

const secret = (id: string) => ({
  SecretsManagerAccessRoleArn: deployment.dms.accessRoleArn,
  SecretsManagerSecretId: id,
});

test('of PostgreSQL on both sides, with what would change values turned off', () => {
  expect(endpoint('source')).toEqual({
    EndpointType: 'source',
    EngineName: 'postgres',
    SslMode: 'require',
    PostgreSQLSettings: {
      ...secret('hr/source'),
      DatabaseName: 'hr',
      ExecuteTimeout: 3_600,
      MapBooleanAsBoolean: true,
      CaptureDdls: false,
      FailTasksOnLobTruncation: true,
      TrimSpaceInChar: false,
      DisableUnicodeSourceFilter: true,
    },
  });
  expect(endpoint('target')).toEqual({
    EndpointType: 'target',
    EngineName: 'postgres',
    SslMode: 'require',
    PostgreSQLSettings: {
      ...secret('mailer/target'),
      DatabaseName: 'mailer',
      ExecuteTimeout: 3_600,
      MapBooleanAsBoolean: true,
    },
  });
});

describe.each(ENGINES)('of %s', (engine) => {
  test.each(['source', 'target'] as const)('as %s: a secret and a role, and no credential', (side) => {
    const made = endpoint(side, { [side]: { engine, tls: 'none' } });
    expect(made).toMatchObject({ EndpointType: side, EngineName: engine, SslMode: 'none' });
    const settings = Object.entries(made).filter(([name]) => name.endsWith('Settings'));
    expect(settings).toHaveLength(1);
    expect(settings[0]![1]).toMatchObject(secret(side === 'source' ? 'hr/source' : 'mailer/target'));
    expect(JSON.stringify(made)).not.toMatch(/"(Username|Password|ServerName|Port)"/);
  });
});

test.each(['mysql', 'mariadb'] as const)(
  'a %s endpoint names no database, which would take in every table',
  (engine) => {
    expect(JSON.stringify(endpoint('source', { source: { engine } }))).not.toContain('DatabaseName');
    expect(endpoint('target', { target: { engine } }).MySQLSettings).toMatchObject({
      TargetDbType: 'multiple-databases',
    });
  },
);

test("a secret's ARN is taken as it is written, also beside a database", () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:hr-a1b2c3';
  const connection = { secret: arn, dbname: 'hr' };
  const request = { source: { engine: 'postgres', connection, tables: ['hr.employees'] } };
  expect(endpoint('source', { request }).PostgreSQLSettings).toMatchObject(secret(arn));
});

test('none is made in a deployment without AWS DMS', () => {
  expect(() => endpoint('source', { deployment: { name: 'test' } })).toThrow("this load's source");
});

test.each([
  [true, 'ssl-encryption'],
  [false, 'plaintext'],
])('of Kafka, with TLS %s: NULLs are published, bytes as they are, and there is no SASL', (tls, protocol) => {
  const made = kafkaEndpoint({ brokers: 'b-1:9094,b-2:9094', topic: 'hr.employees', tls });
  expect(made).toMatchObject({
    EndpointType: 'target',
    EngineName: 'kafka',
    KafkaSettings: {
      Broker: 'b-1:9094,b-2:9094',
      Topic: 'hr.employees',
      MessageFormat: 'json-unformatted',
      SecurityProtocol: protocol,
      IncludeNullAndEmpty: true,
    },
  });
  expect(JSON.stringify(made)).not.toMatch(/Sasl/);
});
