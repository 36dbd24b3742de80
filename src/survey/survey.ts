import type { DatabaseAddress } from '../databases/address.ts';
import { connect, isTransient, type Client } from '../databases/postgres/connection.ts';
import type { Relation } from '../databases/postgres/find-tables.ts';
import { measureLargestLobs } from '../databases/postgres/large-values.ts';
import { surveyServer, surveyTables, type ServerFacts } from '../databases/postgres/survey.ts';
import { RequestError, TransientError } from '../errors.ts';
import type { DatabaseSurvey, Survey } from '../model.ts';
import { databaseTargetOf, type DatabaseTarget } from '../request/database-target.ts';
import type { Engine, LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { assertColumnsExist, assertConditionsUnderstood, assertReadable, findSourceTables } from './source-tables.ts';
import { assertWritable, findTargetTables, pairTables } from './target-tables.ts';

const APPLICATION_NAME = 'initial-load survey';
/** Only ALTER TABLE and the like stand in the way of looking at a table; rather than wait for one, say so. */
const LOCK_TIMEOUT_SECONDS = 10;

/** What is measured and written relies on: pg_current_snapshot (13), and array_recv and record_recv as of 14. */
const OLDEST_VERSION = { source: 13, target: 14 };

type Found = { survey: DatabaseSurvey; identity: string };

/**
 * Measures source and target, in read-only transactions that leave nothing behind.
 *
 * @throws RequestError when the request names what isn't there, can't be reached or may not be used; TransientError
 */
export async function surveyDatabases(request: LoadRequest, services: Services): Promise<Survey> {
  const { source } = request;
  assertEngine(source.engine, 'source.engine');
  const database = databaseTargetOf(request);
  if (database) assertEngine(database.engine, 'target.engine');
  const sourceAddress = await services.resolveConnection(source.connection, 'source.connection', source.engine);
  const targetAddress =
    database && (await services.resolveConnection(database.connection, 'target.connection', database.engine));

  const surveyedAt = services.now().toISOString();
  const found = await onDatabase(sourceAddress, 'source.connection', (client, server) =>
    surveySource(client, server, request, mayGoThroughDms(request, services)),
  );
  const names = found.survey.tables.map((table) => table.name);
  if (!database || !targetAddress)
    return { surveyedAt, source: found.survey, pairs: names.map((name) => ({ source: name, target: name })) };
  const pairs = pairTables(names, database.tables);
  const into = await onDatabase(targetAddress, 'target.connection', (client, server) =>
    surveyTarget(client, server, pairs, database, found.identity),
  );
  return { surveyedAt, source: found.survey, target: into.survey, pairs };
}

function assertEngine(engine: Engine, field: string): void {
  if (engine === 'postgres') return;
  throw new RequestError({
    field,
    value: engine,
    wrong: 'databases of this engine cannot be surveyed yet',
    advice: 'Use "postgres"',
  });
}

function assertVersion(server: ServerFacts, side: 'source' | 'target'): void {
  if (server.majorVersion >= OLDEST_VERSION[side]) return;
  throw new RequestError({
    field: `${side}.connection`,
    value: server.version,
    wrong: 'the server is too old',
    advice: `Use PostgreSQL ${OLDEST_VERSION[side]} or later`,
  });
}

/** Measuring large values reads whole tables: only where somebody may want to know. */
function mayGoThroughDms({ strategy }: LoadRequest, { deployment }: Services): boolean {
  return deployment.dms !== undefined && (strategy === 'dms' || strategy === 'auto');
}

async function surveySource(
  client: Client,
  server: ServerFacts,
  request: LoadRequest,
  measureLobs: boolean,
): Promise<Found> {
  assertVersion(server, 'source');
  const relations = await findSourceTables(client, request.source.tables, server.database);
  await assertReadable(client, relations, request.source.tables);
  const found = await finish(client, server, relations, 'source');
  assertColumnsExist(found.survey.tables, request.source.tables);
  await assertConditionsUnderstood(client, found.survey.tables, request.source.tables);
  if (measureLobs) await measureLargestLobs(client, found.survey.tables);
  return found;
}

async function surveyTarget(
  client: Client,
  server: ServerFacts,
  pairs: Survey['pairs'],
  target: DatabaseTarget,
  sourceIdentity: string,
): Promise<Found> {
  assertVersion(server, 'target');
  if (server.readReplica) {
    throw new RequestError({
      field: 'target.connection',
      value: server.database,
      wrong: 'the server is a read replica',
      advice: 'Connect to its primary',
    });
  }
  const itself = server.identity === sourceIdentity && pairs.find((pair) => pair.source === pair.target);
  if (itself) {
    throw new RequestError({
      field: 'target.connection',
      value: itself.target,
      wrong: 'it leads to the database of the source, so this table would be loaded into itself',
      advice: 'Name another database, or another table in target.tables',
    });
  }
  const relations = await findTargetTables(client, pairs, target.tables, server.database);
  await assertWritable(client, relations);
  return finish(client, server, relations, 'target');
}

async function finish(
  client: Client,
  server: ServerFacts,
  relations: Relation[],
  side: 'source' | 'target',
): Promise<Found> {
  const { identity, ...facts } = server;
  return { survey: { ...facts, tables: await surveyTables(client, relations, side) }, identity };
}

function tlsOf({ tls }: DatabaseAddress): NonNullable<DatabaseSurvey['tls']> {
  if (!tls) return 'none';
  return tls.verify ? 'verify' : 'require';
}

async function onDatabase<T>(
  address: DatabaseAddress,
  field: string,
  work: (client: Client, server: ServerFacts) => Promise<T>,
): Promise<T> {
  const client = await connect(address, { applicationName: APPLICATION_NAME, field });
  try {
    const server = { ...(await surveyServer(client)), tls: tlsOf(address) };
    await client.query('begin isolation level repeatable read read only');
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`);
    return await work(client, server);
  } catch (error) {
    if (!isTransient(error) || error instanceof TransientError) throw error;
    throw new TransientError(`${field}: the survey was interrupted: ${(error as Error).message}`, { cause: error });
  } finally {
    await client.end().catch(() => {});
  }
}
