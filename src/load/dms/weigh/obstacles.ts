import { databaseTargetOf, isUpsert } from '../../../request/database-target.ts';
import { parseReference } from '../../../request/reference.ts';
import type { ConnectionReference, Engine, LoadRequest } from '../../../request/schema.ts';
import { findTransformObstacle } from '../../plain-transforms.ts';
import type { FitInput } from '../../strategy.ts';
import { findTableObstacle } from './table-obstacles.ts';

/** Engines that can be counted afterwards, and of which it is known what arrives unchanged (carried-types.ts). */
const DIRECTIONS: Partial<Record<Engine, Engine[]>> = {
  postgres: ['postgres'],
  mysql: ['postgres'],
  mariadb: ['postgres'],
};
/** "Using SSL with AWS DMS": encryption without a certificate to check is not for every engine. */
const ENGINES_WITH_REQUIRE = new Set<Engine>(['postgres', 'sqlserver']);

/**
 * Why DMS can't take the load, one reason of each kind, so that a person need not mend them one by one; empty when nothing
 * is in the way. Of a load that goes nowhere DMS leads to, that is all there is to say.
 */
export function findObstacles(input: FitInput): string[] {
  const target = findTargetObstacle(input);
  if (target !== undefined) return [target];
  return [
    findUpsertObstacle(input.request),
    findDeploymentObstacle(input),
    findConnectionObstacle(input),
    findTransformObstacle(input.request),
    findTableObstacle(input),
  ].filter((reason) => reason !== undefined);
}

function findTargetObstacle({ request, survey, tables }: FitInput): string | undefined {
  const { target } = request;
  if (target?.engine === 's3') return 'it is set up here to write to databases, not to S3';
  if (!target) {
    return (
      'the request has no target: DMS could publish to topics, but without the marks by which the rows of a load are ' +
      "counted there. Brokers that ask for SASL are out of its reach anyway: DMS's settings for Kafka take no secret, so a " +
      'password would stand in the call'
    );
  }
  const from = survey.source.engine;
  if (!DIRECTIONS[from]?.includes(target.engine)) {
    return `it is not known which values arrive unchanged through DMS from ${from} in ${target.engine}, nor can they be counted`;
  }
  return tables.length === 0 ? 'there is no table to load' : undefined;
}

function findUpsertObstacle(request: LoadRequest): string | undefined {
  return isUpsert(request) ? 'DMS inserts rows and writes over none, and target.ifNotEmpty is "upsert"' : undefined;
}

function findDeploymentObstacle({ request, deployment }: FitInput): string | undefined {
  const { dms } = deployment;
  if (!dms) {
    return (
      'this deployment is not set up for AWS DMS: it names no role with which DMS reads secrets ' +
      '(DMS_ACCESS_ROLE_ARN; docs/strategies/dms.md says how)'
    );
  }
  if (request.dms?.assessment && dms.assessmentBucket === undefined) {
    return 'dms.assessment is asked for, and this deployment has no bucket for its results (DMS_ASSESSMENT_BUCKET)';
  }
  return undefined;
}

function findConnectionObstacle({ request, survey }: FitInput): string | undefined {
  const target = databaseTargetOf(request);
  const sides = [
    { field: 'source.connection', connection: request.source.connection, survey: survey.source },
    ...(target && survey.target
      ? [{ field: 'target.connection', connection: target.connection, survey: survey.target }]
      : []),
  ];
  for (const { field, connection, survey: database } of sides) {
    const obstacle = findReferenceObstacle(connection, field);
    if (obstacle !== undefined) return obstacle;
    if (database.tls === undefined) return `${field}: whether the connection asks for TLS is unknown`;
    if (database.tls === 'verify') {
      return `${field}: it asks to verify the server's certificate, for which DMS needs an imported CA certificate; with "sslmode": "require" in the secret it would only encrypt`;
    }
    if (database.tls === 'require' && !ENGINES_WITH_REQUIRE.has(database.engine)) {
      return `${field}: DMS encrypts connections to ${database.engine} only when it verifies an imported CA certificate; "ssl": false in the secret would do without encryption`;
    }
  }
  return undefined;
}

function findReferenceObstacle(connection: ConnectionReference, field: string): string | undefined {
  const { secret, host, port } =
    typeof connection === 'string' ? { secret: connection, host: undefined, port: undefined } : connection;
  if (parseReference(secret, field).kind !== 'secret') {
    return `${field}: DMS reads credentials from Secrets Manager only, and this is no secret there`;
  }
  if (host === undefined && port === undefined) return undefined;
  const named = host === undefined ? 'port' : 'host';
  return `${field}: DMS takes host and port from the secret, and the request gives a ${named} beside it`;
}
