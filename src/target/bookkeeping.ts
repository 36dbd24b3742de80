import type { Client } from '../databases/postgres/connection.ts';
import { quoteIdentifier } from '../databases/postgres/identifiers.ts';
import { SupersededError } from '../errors.ts';
import type { Load } from '../services.ts';
import { resourceName } from '../request/resource-name.ts';
import { parseTableName } from '../request/table-name.ts';

/**
 * The load's own tables in the target, as quoted qualified names, in the schema of the first table of the plan. They are
 * created by prepare and dropped by tear-down; while they are there, everything that a load may have changed is written
 * in them.
 */
export interface Bookkeeping {
  /** One row: what was asked for when the tables were found, and the attempt that the target is prepared for. */
  load: string;
  /** shard, fence, closed: who may write. */
  shards: string;
  /** range, shard, position, done, rows_…, bytes, chunks: the checkpoints. */
  ranges: string;
  /** source_table, key: what the conflict rule took out and is still to be read again. */
  reread: string;
  /** What was taken off the target's tables, with the statement that puts it back. */
  dropped: string;
}

export interface LoadRow {
  attempt: number;
  ifNotEmpty: 'fail' | 'truncate' | 'upsert';
  /** Target tables, as the plan writes them. */
  tables: string[];
  /** The tables were emptied by tear-down: what the checkpoints said is gone. */
  emptied: boolean;
}

export function bookkeepingOf(load: Pick<Load, 'loadId' | 'plan'>): Bookkeeping {
  const schema = quoteIdentifier(bookkeepingSchema(load));
  const named = (kind: string) => `${schema}.${quoteIdentifier(resourceName(load.loadId, kind))}`;
  return {
    load: named('load'),
    shards: named('shards'),
    ranges: named('ranges'),
    reread: named('reread'),
    dropped: named('dropped'),
  };
}

export function bookkeepingSchema(load: Pick<Load, 'plan'>): string {
  const first = load.plan.tables[0] && parseTableName(load.plan.tables[0].target);
  if (!first) throw new Error('A plan without tables has no bookkeeping.');
  return first.schema;
}

/** All five at once or none: they are created and dropped in one transaction. */
export async function createBookkeeping(client: Client, load: Load): Promise<void> {
  const tables = bookkeepingOf(load);
  await client.query(`
    create table ${tables.load} (
      load_id text primary key, attempt int not null, if_not_empty text not null, tables text[] not null,
      emptied boolean not null);
    create table ${tables.shards} (shard text primary key, fence uuid, closed boolean not null default false);
    create table ${tables.ranges} (
      range int primary key, shard text not null, position jsonb, done boolean not null default false,
      rows_read bigint not null default 0, rows_written bigint not null default 0,
      rows_removed bigint not null default 0, rows_reread bigint not null default 0,
      bytes bigint not null default 0, chunks int not null default 0);
    create table ${tables.reread} (source_table text, key jsonb, primary key (source_table, key));
    create table ${tables.dropped} (
      id int generated always as identity primary key, kind text not null, target text not null, name text not null,
      ddl text not null, details jsonb not null, unique (kind, target, name))`);
}

/** The row of this load, or undefined when there is no bookkeeping: the target was never prepared, or is torn down. */
export async function readLoadRow(client: Client, load: Load): Promise<LoadRow | undefined> {
  const tables = bookkeepingOf(load);
  const found = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [tables.load]);
  if (!found.rows[0]?.there) return undefined;
  const { rows } = await client.query<LoadRow & { loadId: string }>(
    `select load_id as "loadId", attempt, if_not_empty as "ifNotEmpty", tables, emptied from ${tables.load}`,
  );
  const row = rows[0];
  if (row?.loadId !== load.loadId)
    throw new Error(`${tables.load} belongs to load ${row?.loadId}, not to ${load.loadId}.`);
  return row;
}

/** @throws SupersededError when a next attempt has prepared the target: it needs off what this one would bring back. */
export async function assertNotSuperseded(client: Client, load: Load): Promise<void> {
  const row = await readLoadRow(client, load);
  if (row && row.attempt > load.attempt) throw new SupersededError(`Attempt ${row.attempt} has prepared the target.`);
}

export async function insertFirstRows(client: Client, load: Load, ifNotEmpty: LoadRow['ifNotEmpty']): Promise<void> {
  const tables = bookkeepingOf(load);
  const targets = load.plan.tables.map((table) => table.target);
  await client.query(
    `insert into ${tables.load} (load_id, attempt, if_not_empty, tables, emptied) values ($1, $2, $3, $4, false)`,
    [load.loadId, load.attempt, ifNotEmpty, targets],
  );
  await client.query(`insert into ${tables.shards} (shard) select unnest($1::text[])`, [
    load.plan.shards.map((shard) => shard.id),
  ]);
  const planned = plannedRanges(load);
  await client.query(`insert into ${tables.ranges} (range, shard) select * from unnest($1::int[], $2::text[])`, [
    planned.map(({ range }) => range),
    planned.map(({ shard }) => shard),
  ]);
}

/** Whether the checkpoints of an earlier attempt mean the same key ranges and tables as this attempt's plan. */
export async function matchesPlan(client: Client, load: Load, row: LoadRow): Promise<boolean> {
  const targets = load.plan.tables.map((table) => table.target);
  if (JSON.stringify(targets) !== JSON.stringify(row.tables)) return false;
  const { rows } = await client.query(`select range, shard from ${bookkeepingOf(load).ranges} order by range`);
  return JSON.stringify(rows) === JSON.stringify(plannedRanges(load));
}

function plannedRanges(load: Load): { range: number; shard: string }[] {
  return load.plan.shards
    .flatMap((shard) => shard.ranges.map((range) => ({ range, shard: shard.id })))
    .toSorted((one, other) => one.range - other.range);
}

/** Opens the shards again for a next attempt, which goes on from the checkpoints. */
export async function reopen(client: Client, load: Load): Promise<void> {
  const tables = bookkeepingOf(load);
  await client.query(`update ${tables.load} set attempt = $1, emptied = false`, [load.attempt]);
  await client.query(`update ${tables.shards} set closed = false, fence = null`);
}

/** Belongs to the transaction that empties the tables: from here on a next attempt begins anew. */
export async function forgetProgress(client: Client, load: Load): Promise<void> {
  const tables = bookkeepingOf(load);
  await client.query(`
    update ${tables.load} set emptied = true;
    delete from ${tables.reread};
    update ${tables.ranges} set position = null, done = false, rows_read = 0, rows_written = 0, rows_removed = 0,
      rows_reread = 0, bytes = 0, chunks = 0`);
}

export async function dropBookkeeping(client: Client, load: Load): Promise<void> {
  await client.query(`drop table if exists ${Object.values(bookkeepingOf(load)).join(', ')}`);
}
