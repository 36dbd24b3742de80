import { RequestError } from '../../errors.ts';
import type { ColumnSurvey, TableSurvey } from '../../model.ts';
import type { Condition } from '../../request/schema.ts';
import { parseTableName } from '../../request/table-name.ts';
import type { CountedTable, Obstacle, Source, SourceEngine, TypeMatch } from '../source-engine.ts';
import { differOnlyInExtensionVersion, explainLoss, haveSameForm, losslessCast, readAs } from './casts.ts';
import { chunkCondition, countedCondition, countRows, fromClause } from './chunks.ts';
import { findIncomparable } from './comparable.ts';
import { connect, reconnect, type Client } from './connection.ts';
import { comparedKindOf } from './filters.ts';
import { findRelations, findTablesOf, listTableNames } from './find-tables.ts';
import { measureLargestLobs } from './large-values.ts';
import { countWrites, countWrittenSince, findWriters, hasPublished, readPosition } from './position.ts';
import { findUnreadable } from './privileges.ts';
import { surveyServer, surveyTables } from './survey.ts';

/** What is measured relies on pg_current_snapshot. */
const OLDEST_VERSION = 13;
/** Only ALTER TABLE and the like stand in the way of looking at a table; rather than wait for one, say so. */
const LOCK_TIMEOUT_SECONDS = 10;

/** PostgreSQL as a source. As a target it is used by its own functions: no other engine can be one. */
export const postgres: SourceEngine = {
  connect: async (address, options) => sourceOn(await connect(address, options)),
  reconnect: async (address, options) => sourceOn(await reconnect(address, options)),
  matchTypes,
  findIncomparable,
  comparedKindOf,
};

/** A read-only transaction in which no look at a table waits long. */
export async function beginSurvey(client: Client): Promise<void> {
  await client.query('begin isolation level repeatable read read only');
  await client.query(`set local lock_timeout = '${LOCK_TIMEOUT_SECONDS}s'`);
}

function sourceOn(client: Client): Source {
  return {
    async surveyServer() {
      const server = await surveyServer(client);
      if (server.majorVersion >= OLDEST_VERSION) return server;
      throw new RequestError({
        field: 'source.connection',
        value: server.version,
        wrong: 'the server is too old',
        advice: `Use PostgreSQL ${OLDEST_VERSION} or later`,
      });
    },
    beginSurvey: () => beginSurvey(client),
    findRelations: (names) => findRelations(client, names),
    findTablesOf: (schema) => findTablesOf(client, schema),
    listTableNames: (schema) => listTableNames(client, schema),
    findUnreadable: (tables) => explainUnreadable(client, tables),
    surveyTables: (relations) => surveyTables(client, relations, 'source'),
    findUncarriable: () => Promise.resolve(undefined),
    findMisunderstanding: (table, condition) => findMisunderstanding(client, table, condition),
    measureLargestLobs: (tables) => measureLargestLobs(client, tables),
    readPosition: (tables, takenAt) => readPosition(client, tables, takenAt),
    findWriters: (tables) => findWriters(client, tables),
    hasPublished: (slot, position) => hasPublished(client, slot, position),
    countRows: (table, bounds) => countRows(client, table, bounds),
    countChanges: (...asked) => countChanges(client, ...asked),
    end: () => client.end(),
  };
}

async function explainUnreadable(
  client: Client,
  tables: Parameters<Source['findUnreadable']>[0],
): ReturnType<Source['findUnreadable']> {
  const unreadable = await findUnreadable(
    client,
    tables.map(({ relation, columns }) => ({ oid: relation.oid, ...(columns && { columns }) })),
  );
  const found = tables.find(({ relation }) => relation.oid === unreadable?.oid)?.relation;
  if (!unreadable || !found) return undefined;
  const schema = parseTableName(found.name)?.schema ?? '';
  const obstacle: Obstacle = unreadable.schemaClosed
    ? {
        wrong: `the role may not use the schema ${schema}`,
        advice: 'Grant it USAGE on the schema and SELECT on the table',
      }
    : {
        wrong: `the role may not read the column ${unreadable.column}`,
        advice: 'Grant it SELECT on the table, or load fewer columns',
      };
  return { table: found.name, ...obstacle };
}

async function findMisunderstanding(
  client: Client,
  table: TableSurvey,
  condition: Condition,
): ReturnType<Source['findMisunderstanding']> {
  if (table.rowsHidden) return undefined;
  const read = { name: table.name, only: table.kind === 'table', where: [condition] };
  try {
    await client.query(`select from ${fromClause(read)}${chunkCondition(read, {})} limit 0`);
    return undefined;
  } catch (error) {
    if (!/^(22|42)/.test((error as { code?: string }).code ?? '')) throw error;
    return { message: (error as Error).message, cause: error };
  }
}

async function countChanges(
  client: Client,
  table: CountedTable,
  ...[since, readReplica]: [Parameters<Source['countChanges']>[1], boolean]
): ReturnType<Source['countChanges']> {
  const earlier = since.tables.find((state) => state.table === table.name);
  if (earlier?.writes === undefined || since.oldestTransaction === undefined) return undefined;
  if (table.transformed?.distinct) return undefined;
  const { rows, written } = await countWrittenSince(
    client,
    table,
    countedCondition(table, {}),
    since.oldestTransaction,
  );
  // After the count: a write that the count saw must be among these.
  const writes = await countWrites(client, table.name);
  const writesSince = readReplica ? undefined : Math.max(0, writes - earlier.writes);
  return { sourceRows: rows, changes: { writtenSince: written, writesSince } };
}

function matchTypes(from: ColumnSurvey, to: ColumnSurvey): TypeMatch {
  if (haveSameForm(from.fingerprint, to.fingerprint)) {
    const castTo = readAs(from.fingerprint);
    return castTo === undefined ? 'same binary form' : { castTo };
  }
  const structure = from.structure ?? from.fingerprint;
  const place = to.structure ?? to.fingerprint;
  if (haveSameForm(structure, place) || differOnlyInExtensionVersion(structure, place)) return 'same text form';
  const castTo = losslessCast(structure, place);
  if (castTo !== undefined) return { castTo };
  const why = explainLoss(structure, place);
  return { refused: `${why ? ` (${why})` : ''}${differingLabels(structure, place)}`, makeIt: from.type };
}

/** Two enums may have the same name and yet other labels. */
function differingLabels(source: string, target: string): string {
  return source.startsWith('enum ') && target.startsWith('enum ')
    ? `: their labels are ${source.slice(5)} and ${target.slice(5)}`
    : '';
}
