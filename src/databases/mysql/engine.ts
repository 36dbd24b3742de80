import type { Engine } from '../../request/schema.ts';
import type { Source, SourceEngine } from '../source-engine.ts';
import { findUncarriable } from './carriable.ts';
import { matchTypes } from './casts.ts';
import { findRelations, findTablesOf, listTableNames } from './catalogue.ts';
import { findIncomparable } from './comparable.ts';
import { connect, reconnect, type Client } from './connection.ts';
import { codeOf } from './errors.ts';
import { comparedKindOf } from './filters.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';
import { findWriters, readPosition } from './position.ts';
import { countRows } from './rows.ts';
import { measureLargestLobs, surveyServer, surveyTables } from './survey.ts';

/** Only ALTER TABLE and the like stand in the way of looking at a table; rather than wait for one, say so. */
const LOCK_TIMEOUT_SECONDS = 10;
const DENIED_CODES = new Set([
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
]);

/** MySQL and MariaDB, which share protocol and catalogue. AWS DMS alone reads from them, so what it carries decides. */
export const mysql: SourceEngine = {
  connect: async (address, options) => sourceOn(await connect(address, options), address.engine),
  reconnect: async (address, options) => sourceOn(await reconnect(address, options), address.engine),
  matchTypes,
  findIncomparable,
  comparedKindOf,
};

function sourceOn(client: Client, engine: Engine): Source {
  return {
    surveyServer: () => surveyServer(client, engine),
    async beginSurvey() {
      await client.query(`set lock_wait_timeout = ${LOCK_TIMEOUT_SECONDS}`);
      await client.query('set transaction isolation level repeatable read');
      await client.query('start transaction read only');
    },
    findRelations: (names) => findRelations(client, names),
    findTablesOf: (schema) => findTablesOf(client, schema),
    listTableNames: (schema) => listTableNames(client, schema),
    findUnreadable: (tables) => findUnreadable(client, tables),
    surveyTables: (relations) => surveyTables(client, relations),
    findUncarriable: (table, loaded) => findUncarriable(client, table, loaded),
    // The server compares anything with anything; findIncomparable has the say.
    findMisunderstanding: () => Promise.resolve(undefined),
    measureLargestLobs: (tables) => measureLargestLobs(client, tables),
    readPosition: (tables, takenAt) => readPosition(client, tables, takenAt),
    hasPublished: () => Promise.resolve(undefined),
    findWriters: () => findWriters(client),
    countRows: (table, bounds) => countRows(client, table, bounds),
    // No row says when it was written, and no statistics count a table's writes.
    countChanges: () => Promise.resolve(undefined),
    end: () => client.end(),
  };
}

/** Asks for the columns themselves: the catalogue hides those that the user has no right to. */
async function findUnreadable(
  client: Client,
  tables: Parameters<Source['findUnreadable']>[0],
): ReturnType<Source['findUnreadable']> {
  for (const { relation, columns } of tables) {
    const selected = columns?.map(quoteIdentifier).join(', ') ?? '*';
    try {
      await client.query(`select ${selected} from ${quoteQualifiedName(relation.name)} limit 0`);
    } catch (error) {
      if (codeOf(error) === 'ER_BAD_FIELD_ERROR') continue;
      if (!DENIED_CODES.has(codeOf(error))) throw error;
      return {
        table: relation.name,
        wrong: `the user may not read it: ${(error as Error).message}`,
        advice: 'Grant it SELECT on the table, or load fewer columns',
      };
    }
  }
  return undefined;
}
