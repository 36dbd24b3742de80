import type { QualifiedName, SourcePosition } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';
import { readColumns } from './catalogue.ts';
import { codeOf } from './errors.ts';
import type { Client } from './connection.ts';

/** What a user without the right, or a server without a binary log, answers. */
const NOT_TO_BE_KNOWN = new Set([
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_SPECIAL_ACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_NO_BINARY_LOGGING',
  'ER_PARSE_ERROR',
]);
/** InnoDB shows its transactions from a cache that is renewed after 0.1 s (MySQL manual, INNODB_TRX). */
const CACHE_SECONDS = 0.2;

/**
 * Where the binary log stands: the GTIDs of all that is committed, or else `file:offset`.
 * @returns undefined without a binary log, or without the right to know
 */
export async function readLogPosition(client: Client): Promise<string | undefined> {
  const [row] = client.isMariadb
    ? await client.query<{ gtids: string | null }>('select @@global.gtid_current_pos as gtids')
    : await client.query<{ gtids: string | null }>(
        "select if(@@global.gtid_mode = 'ON', @@global.gtid_executed, '') as gtids",
      );
  const gtids = row?.gtids?.replaceAll(/\s/g, '');
  if (gtids) return gtids;
  const isNew = !client.isMariadb && releaseOf(client) >= 8.2;
  const [status] =
    (await permitted(() =>
      client.query<{ File: string; Position: string | number }>(
        isNew ? 'show binary log status' : 'show master status',
      ),
    )) ?? [];
  return status && `${status.File}:${status.Position}`;
}

/** Major and minor version as one number: 8.4 of 8.4.2. */
function releaseOf({ version }: Client): number {
  return Number.parseFloat(version);
}

/** Where the source's log stands, and what tells later whether a table was truncated or altered since. */
export async function readPosition(client: Client, tables: QualifiedName[], takenAt: Date): Promise<SourcePosition> {
  const lsn = await readLogPosition(client);
  const states: SourcePosition['tables'] = [];
  for (const table of tables) {
    const columns = (await readColumns(client, table)).map(({ name, type }) => `${name} ${type}`).join(',');
    const storageId = await readStorageId(client, table);
    states.push({ table, columns, ...(storageId !== undefined && { storageId }) });
  }
  return { takenAt: takenAt.toISOString(), ...(lsn !== undefined && { lsn }), tables: states };
}

/** The numbers under which InnoDB keeps the table or its partitions: TRUNCATE gives new ones. It takes the right PROCESS. */
async function readStorageId(client: Client, name: QualifiedName): Promise<string | undefined> {
  const { schema, table } = tableNameOf(name);
  const view = client.isMariadb || releaseOf(client) < 8 ? 'innodb_sys_tables' : 'innodb_tables';
  const rows = await permitted(() =>
    client.query<{ id: string | number }>(
      `select table_id as id from information_schema.${view} where substring_index(name, '#', 1) = ? order by table_id`,
      [`${fileName(schema)}/${fileName(table)}`],
    ),
  );
  return rows === undefined || rows.length === 0 ? undefined : rows.map(({ id }) => id).join(',');
}

/** As InnoDB writes a name: of other signs than ASCII letters, digits and underscores, their number (MySQL manual, Mapping of Identifiers to File Names). */
function fileName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_]/g, (sign) => `@${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Transactions that have written, to whatever table: the server doesn't say to which. It takes the right PROCESS. */
export async function findWriters(client: Client): Promise<string[] | undefined> {
  await client.query('do sleep(?)', [CACHE_SECONDS]);
  const rows = await permitted(() =>
    client.query<{ id: string | number }>(
      'select trx_id as id from information_schema.innodb_trx where trx_rows_modified > 0 order by trx_id',
    ),
  );
  return rows?.map(({ id }) => String(id));
}

async function permitted<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (NOT_TO_BE_KNOWN.has(codeOf(error))) return undefined;
    throw error;
  }
}
