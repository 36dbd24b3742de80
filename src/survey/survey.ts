import type { DatabaseAddress } from '../databases/address.ts';
import { connect, isTransient, type Client } from '../databases/postgres/connection.ts';
import { findControlTables } from '../databases/postgres/control-tables.ts';
import { beginSurvey } from '../databases/postgres/engine.ts';
import { surveyServer, surveyTables } from '../databases/postgres/survey.ts';
import type { ServerFacts, Source } from '../databases/source-engine.ts';
import { sourceEngineOf } from '../databases/source-engines.ts';
import { RequestError, TransientError } from '../errors.ts';
import type { DatabaseSurvey, Survey, TableSurvey } from '../model.ts';
import { databaseTargetOf, type DatabaseTarget } from '../request/database-target.ts';
import { parseTableName } from '../request/table-name.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import {
  assertCarriable,
  assertColumnsExist,
  assertConditionsUnderstood,
  assertReadable,
  findSourceTables,
} from './source-tables.ts';
import { surveyKafka } from './survey-kafka.ts';
import { surveySignals } from './survey-signals.ts';
import { assertWritable, findTargetTables, pairTables } from './target-tables.ts';

const APPLICATION_NAME = 'initial-load survey';
/** What is written relies on array_recv and record_recv as of this version. */
const OLDEST_TARGET_VERSION = 14;

type Found = { survey: DatabaseSurvey; identity: string };

/**
 * Measures source and target, in read-only transactions that leave nothing behind.
 *
 * @throws RequestError when the request names what isn't there, can't be reached or may not be used; TransientError
 */
export async function surveyDatabases(request: LoadRequest, services: Services): Promise<Survey> {
  const { source } = request;
  const engine = sourceEngineOf(source.engine);
  const database = databaseTargetOf(request);
  if (database) assertTargetEngine(database);
  const sourceAddress = await services.resolveConnection(source.connection, 'source.connection', source.engine);
  const targetAddress =
    database && (await services.resolveConnection(database.connection, 'target.connection', database.engine));

  const surveyedAt = services.now().toISOString();
  const found = await onSource(
    await engine.connect(sourceAddress, sessionOn('source')),
    sourceAddress,
    (from, server) => surveySource(from, server, request, mayGoThroughDms(request, services)),
  );
  const kafka = await surveyKafka(request, services, found.survey.tables);
  await surveySignals(request, services);
  const names = found.survey.tables.map((table) => table.name);
  if (!database || !targetAddress) {
    const pairs = names.map((name) => ({ source: name, target: name }));
    return { surveyedAt, source: found.survey, pairs, ...(kafka && { kafka }) };
  }
  const pairs = pairTables(names, database.tables);
  const into = await onTarget(await connect(targetAddress, sessionOn('target')), targetAddress, (client, server) =>
    surveyTarget(client, server, pairs, database, found.identity),
  );
  return { surveyedAt, source: found.survey, target: into.survey, pairs, ...(kafka && { kafka }) };
}

function sessionOn(side: 'source' | 'target'): { applicationName: string; field: string } {
  return { applicationName: APPLICATION_NAME, field: `${side}.connection` };
}

function assertTargetEngine({ engine }: DatabaseTarget): void {
  if (engine === 'postgres') return;
  throw new RequestError({
    field: 'target.engine',
    value: engine,
    wrong: 'databases of this engine cannot be written to yet',
    advice: 'Use "postgres"',
  });
}

/** Measuring large values reads whole tables: only where somebody may want to know. */
function mayGoThroughDms({ strategy }: LoadRequest, { deployment }: Services): boolean {
  return deployment.dms !== undefined && (strategy === 'dms' || strategy === 'auto');
}

async function surveySource(
  source: Source,
  server: ServerFacts,
  request: LoadRequest,
  measureLobs: boolean,
): Promise<Found> {
  const asked = request.source.tables;
  const relations = await findSourceTables(source, asked, server.database);
  await assertReadable(source, relations, asked);
  const found = measured(server, await source.surveyTables(relations));
  assertColumnsExist(found.survey.tables, asked);
  await assertCarriable(source, found.survey.tables, request);
  await assertConditionsUnderstood(source, found.survey.tables, asked);
  if (measureLobs) await source.measureLargestLobs(found.survey.tables);
  return found;
}

async function surveyTarget(
  client: Client,
  server: ServerFacts,
  pairs: Survey['pairs'],
  target: DatabaseTarget,
  sourceIdentity: string,
): Promise<Found> {
  if (server.majorVersion < OLDEST_TARGET_VERSION) {
    throw new RequestError({
      field: 'target.connection',
      value: server.version,
      wrong: 'the server is too old',
      advice: `Use PostgreSQL ${OLDEST_TARGET_VERSION} or later`,
    });
  }
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
  const found = measured(server, await surveyTables(client, relations, 'target'));
  found.survey.dmsControlTables = await findControlTables(client, schemasOf(found.survey.tables));
  return found;
}

function schemasOf(tables: TableSurvey[]): string[] {
  return tables.flatMap(({ name }) => parseTableName(name)?.schema ?? []);
}

function measured({ identity, ...facts }: ServerFacts, tables: TableSurvey[]): Found {
  return { survey: { ...facts, tables }, identity };
}

function tlsOf({ tls }: DatabaseAddress): NonNullable<DatabaseSurvey['tls']> {
  if (!tls) return 'none';
  return tls.verify ? 'verify' : 'require';
}

async function onSource<T>(
  source: Source,
  address: DatabaseAddress,
  work: (source: Source, server: ServerFacts) => Promise<T>,
): Promise<T> {
  return uninterrupted('source.connection', source, async () => {
    const server = { ...(await source.surveyServer()), tls: tlsOf(address) };
    await source.beginSurvey();
    return work(source, server);
  });
}

async function onTarget<T>(
  client: Client,
  address: DatabaseAddress,
  work: (client: Client, server: ServerFacts) => Promise<T>,
): Promise<T> {
  return uninterrupted('target.connection', client, async () => {
    const server = { ...(await surveyServer(client)), tls: tlsOf(address) };
    await beginSurvey(client);
    return work(client, server);
  });
}

async function uninterrupted<T>(field: string, session: { end(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTransient(error) || error instanceof TransientError) throw error;
    throw new TransientError(`${field}: the survey was interrupted: ${(error as Error).message}`, { cause: error });
  } finally {
    await session.end().catch(() => {});
  }
}
