import { DEFAULT_PORTS } from '../../../databases/engines.ts';
import type { JdbcSession } from '../../../databases/jdbc.ts';
import { jdbcSourceOf } from '../../../databases/jdbc-sources.ts';
import { jdbcProperties, postgresJdbc } from '../../../databases/postgres/jdbc.ts';
import { sessionName } from '../../../databases/postgres/sessions.ts';
import type { DatabaseSurvey } from '../../../model.ts';
import type { DatabaseTarget } from '../../../request/database-target.ts';
import type { ConnectionReference, Engine } from '../../../request/schema.ts';
import type { Load } from '../../../services.ts';
import type { JobConnection, JobDocument } from './job-document.ts';

/** What the sessions of all runs of a load's job begin with. */
export function jobSessions({ loadId }: Pick<Load, 'loadId'>): string {
  return sessionName(loadId, 'glue ');
}

/** What those of one run are called: as much of its start as leaves room for the longest loadId. */
export function runSessions(load: Pick<Load, 'loadId'>, start: string): string {
  return jobSessions(load) + start.slice(0, 8);
}

export function sourceOf(load: Pick<Load, 'loadId' | 'request' | 'survey'>, start: string): JobDocument['source'] {
  const { connection, engine } = load.request.source;
  const { scheme, driver, snapshot, properties } = jdbcSourceOf(engine);
  return {
    ...placeOf(connection, engine),
    scheme,
    driver,
    properties: properties(sessionOf(load, start, load.survey.source)),
    ...(snapshot && { snapshot }),
  };
}

export function targetOf(
  load: Pick<Load, 'loadId' | 'survey'>,
  start: string,
  { connection, engine }: DatabaseTarget,
): JobConnection {
  const { survey } = load;
  if (!survey.target) throw new Error('The survey does not describe the target.');
  return {
    ...placeOf(connection, engine),
    scheme: postgresJdbc.scheme,
    driver: postgresJdbc.driver,
    properties: {
      ...jdbcProperties(sessionOf(load, start, survey.target)),
      // Text is sent without a type, so that the server reads it as the column's.
      stringtype: 'unspecified',
      reWriteBatchedInserts: 'true',
    },
  };
}

function placeOf(
  connection: ConnectionReference,
  engine: Engine,
): Pick<JobConnection, 'secret' | 'host' | 'port' | 'dbname' | 'defaultPort'> {
  const { secret, host, port, dbname } = typeof connection === 'string' ? { secret: connection } : connection;
  return {
    secret,
    ...(host !== undefined && { host }),
    ...(port !== undefined && { port }),
    ...(dbname !== undefined && { dbname }),
    defaultPort: DEFAULT_PORTS[engine],
  };
}

function sessionOf(
  load: Pick<Load, 'loadId'>,
  start: string,
  { tls = 'require', majorVersion }: DatabaseSurvey,
): JdbcSession {
  if (tls === 'verify') throw new Error('A job cannot verify a certificate, and fit lets no such load through.');
  return { tls, majorVersion, applicationName: runSessions(load, start) };
}
