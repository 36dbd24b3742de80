import type { Client } from 'pg';
import type { ColumnSurvey, TableSurvey } from '../../model.ts';
import { writeTableName } from '../../request/table-name.ts';
import type { Relation, ServerFacts } from '../source-engine.ts';
import {
  readColumns,
  readForeignKeys,
  readInheritance,
  readOtherUniqueIndexes,
  readStorage,
  readUniqueKeys,
  type ColumnRow,
  type UniqueRow,
} from './catalogue.ts';
import { fromClause } from './chunks.ts';
import { LOG_POSITION } from './position.ts';
import { estimateRows, readKeyQuantiles } from './samples.ts';
import { readTypes, type Describe } from './types.ts';

/** To be called outside a transaction, which a position that the server can't tell would end. */
export async function surveyServer(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<{
    version: string;
    number: number;
    database: string;
    replica: boolean;
    timeZone: string;
    identity: string;
  }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
            current_database() as database, pg_is_in_recovery() as replica,
            (select reset_val from pg_settings where name = 'TimeZone') as "timeZone",
            pg_postmaster_start_time()::text || ' ' || (select oid from pg_database where datname = current_database()) as identity`,
  );
  const { version, number, database, replica, timeZone, identity } = rows[0]!;
  const position = await readLogPosition(client);
  return {
    engine: 'postgres',
    version: `PostgreSQL ${version}`,
    majorVersion: Math.floor(number / 10_000),
    database,
    readReplica: replica,
    timeZone,
    ...(position !== undefined && { position }),
    identity,
  };
}

/** @returns undefined where a server of another make says that it doesn't support this */
async function readLogPosition(client: Client): Promise<string | undefined> {
  try {
    const { rows } = await client.query<{ lsn: string | null }>(`select ${LOG_POSITION} as lsn`);
    return rows[0]?.lsn ?? undefined;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('0A')) return undefined;
    throw error;
  }
}

/** Everything about these tables, in their order. A read-only transaction must be open. */
export async function surveyTables(
  client: Client,
  relations: Relation[],
  side: 'source' | 'target',
): Promise<TableSurvey[]> {
  const oids = relations.map((relation) => relation.oid);
  const columns = await readColumns(client, oids);
  const describe = await readTypes(client, [...new Set(columns.map((column) => column.typeOid))], side);
  const storage = new Map((await readStorage(client, oids)).map((row) => [row.oid, row]));
  const uniques = await readUniqueKeys(client, oids);
  const otherUniques = await readOtherUniqueIndexes(client, oids);
  const foreignKeys = await readForeignKeys(client, oids);
  const inheritance = await readInheritance(client, oids);

  const tables: TableSurvey[] = [];
  for (const relation of relations) {
    const of = <Row extends { oid: number }>(rows: Row[]) => rows.filter((row) => row.oid === relation.oid);
    const stored = storage.get(relation.oid);
    if (!stored) throw new Error(`${relation.name} was dropped while the database was surveyed.`);
    const own = of(columns);
    const table: TableSurvey = {
      name: relation.name,
      kind: relation.kind === 'partitioned table' ? 'partitioned' : 'table',
      columns: own.map((column) => toColumn(column, describe)),
      ...chooseKey(of(uniques), own),
      uniqueKeys: of(uniques).map((unique) => unique.columns),
      ...(of(otherUniques).length > 0 && { otherUniqueIndexes: of(otherUniques).map((index) => index.name) }),
      foreignKeys: of(foreignKeys).map((row) => row.foreignKey),
      rowsHidden: stored.rowsHidden,
      partitions: stored.leaves.map(writeTableName),
      ...(of(inheritance).length > 0 && { inheritedBy: of(inheritance).map(({ name }) => name) }),
      estimatedRows: stored.estimatedRows,
      estimatedBytes: stored.estimatedBytes,
      keyQuantiles: [],
      hasRows: false,
    };
    if (stored.unanalysed && !table.rowsHidden) table.estimatedRows = await estimateRows(client, table, stored.pages);
    if (side === 'source') table.keyQuantiles = await readKeyQuantiles(client, table);
    else table.hasRows = await hasRows(client, table);
    tables.push(table);
  }
  return tables;
}

function toColumn(row: ColumnRow, describe: Describe): ColumnSurvey {
  const { fingerprint, structure } = describe(row.typeOid, row.type);
  return {
    name: row.name,
    type: row.type,
    nullable: row.nullable,
    generated: row.generated,
    hasDefault: row.hasDefault,
    ...(row.identity !== '' && { identity: row.identity === 'a' ? ('always' as const) : ('by default' as const) }),
    fingerprint,
    ...(structure !== fingerprint && { structure }),
  };
}

function chooseKey(uniques: UniqueRow[], columns: ColumnRow[]): Pick<TableSurvey, 'key' | 'keyIsCollated'> {
  const key = uniques.find((unique) => unique.identifies)?.columns;
  if (!key) return { keyIsCollated: false };
  return { key, keyIsCollated: columns.some((column) => key.includes(column.name) && column.ownOrder) };
}

async function hasRows(client: Client, table: TableSurvey): Promise<boolean> {
  // What is hidden can't be looked at; a target whose rows are hidden is refused for that.
  if (table.rowsHidden) return true;
  const from = fromClause({ name: table.name, only: table.kind === 'table' });
  const { rows } = await client.query<{ found: boolean }>(`select exists (select from ${from}) as found`);
  return rows[0]!.found;
}
