import type { Survey } from '../../../model.ts';
import { databaseTargetOf, isUpsert } from '../../../request/database-target.ts';
import { parseReference } from '../../../request/reference.ts';
import type { ConnectionReference, Engine, LoadRequest } from '../../../request/schema.ts';
import { findBareObstacle } from '../../plan-format.ts';
import { findTopicsObstacle } from '../../plan-topics.ts';
import type { FitInput } from '../../strategy.ts';

/** Engines whose rows can be read exactly through JDBC and counted afterwards. */
const SOURCES = new Set<Engine>(['postgres', 'mysql', 'mariadb']);

/** Of PostgreSQL, since its commit 6c2003f8a1b: before, exporting a snapshot took a write. */
const REPLICAS_EXPORT_SNAPSHOTS_SINCE = 10;

/** Why Glue can't take the load: everything at once, so that a person need not mend one after the other. */
export function findObstacles(input: FitInput): string[] {
  return [...findDirectionObstacles(input), ...findDeploymentObstacles(input), ...findConnectionObstacles(input)];
}

function findDirectionObstacles({ request, survey, tables }: FitInput): string[] {
  const obstacles: string[] = [];
  const { target } = request;
  const { engine, readReplica, majorVersion } = survey.source;
  if (engine === 'postgres' && readReplica && majorVersion < REPLICAS_EXPORT_SNAPSHOTS_SINCE) {
    obstacles.push(
      `the source is a read replica of PostgreSQL ${majorVersion}, which exports no snapshot to read from`,
    );
  }
  if (!SOURCES.has(engine)) obstacles.push(`it is not known here which values arrive unchanged from ${engine}`);
  if (!target) obstacles.push(...findTopicsObstacles(request, survey));
  else if (target.engine !== 'postgres' && target.engine !== 's3') {
    obstacles.push(`the job writes to PostgreSQL or to S3, not to ${target.engine}`);
  }
  if (isUpsert(request)) obstacles.push('the job inserts rows and writes over none, and target.ifNotEmpty is "upsert"');
  if (tables.length === 0) obstacles.push('there is no table to load');
  return obstacles;
}

function findTopicsObstacles(request: LoadRequest, { kafka }: Survey): string[] {
  if (!request.topics) return ['the request has neither a target nor topics'];
  const obstacles = [
    kafka ? undefined : 'no broker was surveyed',
    findTopicsObstacle(request),
    findBareObstacle(request, kafka?.liveTopics ?? []),
  ];
  return obstacles.filter((obstacle) => obstacle !== undefined);
}

function findDeploymentObstacles({ deployment: { glue } }: FitInput): string[] {
  if (!glue) {
    return [
      'this deployment is not set up for AWS Glue: it names no role for jobs ' +
        '(GLUE_ROLE_ARN; docs/strategies/glue.md says how)',
    ];
  }
  if (glue.storeAddress.startsWith('s3://')) return [];
  return [`the load store is a directory (${glue.storeAddress}), where no job finds its script: it must be in S3`];
}

function findConnectionObstacles({ request, survey }: FitInput): string[] {
  const target = databaseTargetOf(request);
  return [
    { field: 'source.connection', connection: request.source.connection, tls: survey.source.tls },
    ...(target ? [{ field: 'target.connection', connection: target.connection, tls: survey.target?.tls }] : []),
  ].flatMap(({ field, connection, tls }) => {
    const obstacles: string[] = [];
    if (parseReference(secretOf(connection), field).kind !== 'secret') {
      obstacles.push(`${field}: a job reads credentials from Secrets Manager only, and this is no secret there`);
    }
    if (tls === undefined) obstacles.push(`${field}: whether the connection asks for TLS is unknown`);
    if (tls === 'verify') {
      obstacles.push(
        `${field}: it asks to verify the server's certificate, for which a job's workers would need the CA certificate; ` +
          'with "sslmode": "require" in the secret it would only encrypt',
      );
    }
    return obstacles;
  });
}

function secretOf(connection: ConnectionReference): string {
  return typeof connection === 'string' ? connection : connection.secret;
}
