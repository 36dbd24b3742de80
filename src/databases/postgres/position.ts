import type { Client } from './connection.ts';
import type { SourcePosition } from '../../model.ts';
import type { ReadTable } from '../source-engine.ts';
import { fromClause } from './chunks.ts';
import { quoteQualifiedName } from './identifiers.ts';

/** The relations of a table that hold rows: itself, or the leaves of its partitions. `$1` is its quoted name. */
const LEAVES = `(select relid from pg_partition_tree($1::regclass) where isleaf
                 union select $1::regclass)`;
const WRITES = `select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::float8 as writes
  from pg_stat_all_tables join ${LEAVES} leaves using (relid)`;

/**
 * SQL for where a server's log stands, as text: on a replica, what it has replayed. Not pg_current_wal_lsn(), which is what has
 * been written: with synchronous_commit off rows are seen before the log of their commit is.
 */
export const LOG_POSITION =
  'case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end::text';

/** Where the source's log stands, and what tells later whether a table was changed, truncated or altered since. */
export async function readPosition(client: Client, tables: string[], takenAt: Date): Promise<SourcePosition> {
  const { rows } = await client.query(
    `select ${LOG_POSITION} as lsn,
            pg_snapshot_xmin(pg_current_snapshot())::text as oldest`,
  );
  const states: SourcePosition['tables'] = [];
  for (const table of tables) states.push({ table, ...(await tableState(client, table)) });
  return { takenAt: takenAt.toISOString(), lsn: rows[0].lsn, oldestTransaction: rows[0].oldest, tables: states };
}

async function tableState(
  client: Client,
  table: string,
): Promise<{ storageId: string; columns: string; writes: number }> {
  const { rows } = await client.query(
    `select (select string_agg(coalesce(pg_relation_filenode(relid), 0)::text, ',' order by relid) from ${LEAVES} leaves) as "storageId",
            (select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' order by attnum)
               from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped) as columns,
            (${WRITES}) as "writes"`,
    [quoteQualifiedName(table)],
  );
  return rows[0];
}

/** Inserts, updates and deletes of a table since the server's statistics were last reset. */
export async function countWrites(client: Client, table: string): Promise<number> {
  const { rows } = await client.query(WRITES, [quoteQualifiedName(table)]);
  return rows[0].writes;
}

/**
 * Transactions that write to these tables now, as virtual transaction ids. A commit is published and logged a moment
 * before other sessions see it (while a synchronous standby is waited for, a long one): only when these have ended is
 * everything before the position visible.
 */
export async function findWriters(client: Client, tables: string[]): Promise<string[]> {
  const { rows } = await client.query(
    `select distinct virtualtransaction as writer
       from pg_locks
      where locktype = 'relation' and granted and database = (select oid from pg_database where datname = current_database())
        and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
        and relation in (select leaf.relid from unnest($1::text[]) as name, pg_partition_tree(name::regclass) as leaf
                         union select name::regclass from unnest($1::text[]) as name)`,
    [tables.map(quoteQualifiedName)],
  );
  return rows.map((row) => String(row.writer));
}

/**
 * Whether the slot's consumer has confirmed everything up to the position: what it confirmed it had handed on (Debezium
 * confirms what Kafka has acknowledged). Undefined for a slot that isn't there, or is of another database.
 */
export async function hasPublished(client: Client, slot: string, position: string): Promise<boolean | undefined> {
  const { rows } = await client.query<{ passed: boolean | null }>(
    `select confirmed_flush_lsn >= $2::pg_lsn as passed from pg_replication_slots
      where slot_name = $1 and database = current_database()`,
    [slot, position],
  );
  return rows[0]?.passed ?? undefined;
}

/**
 * All rows now, and those that were written since a position: their xmin is not older than the oldest transaction of then. That counts a few
 * too many (what was running then and had committed), never too few; rows of subtransactions are counted rightly, which
 * pg_visible_in_snapshot does not do.
 */
export async function countWrittenSince(
  client: Client,
  table: ReadTable,
  condition: string,
  oldestTransaction: string,
): Promise<{ rows: number; written: number }> {
  const { rows } = await client.query<{ rows: string; written: string }>(
    `select count(*) as rows, count(*) filter (where age(xmin) <= age($1::xid8::xid)) as written
       from ${fromClause(table)}${condition}`,
    [oldestTransaction],
  );
  return { rows: Number(rows[0]?.rows), written: Number(rows[0]?.written) };
}
