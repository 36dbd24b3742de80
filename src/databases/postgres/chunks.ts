import type { Client } from './connection.ts';
import type { Key } from '../../model.ts';
import type { Condition } from '../../request/schema.ts';
import type { Bounds, CountedTable, ReadTable } from '../source-engine.ts';
import { distinctSql, filterSql } from './filters.ts';
import { quoteIdentifier, quoteLiteral, quoteQualifiedName } from './identifiers.ts';

export function fromClause(table: Pick<ReadTable, 'name' | 'only'>): string {
  return `${table.only ? 'only ' : ''}${quoteQualifiedName(table.name)}`;
}

/**
 * The condition of a chunk as SQL, or an empty string. Values stand in it as quoted literals with a cast, because COPY
 * takes no parameters (PostgreSQL manual, COPY). A comparison of rows, so that an index over several columns serves it.
 */
export function chunkCondition(table: ReadTable, bounds: Bounds): string {
  const condition = boundsCondition(table, bounds);
  return condition === '' ? '' : ` where ${condition}`;
}

/** The same without `where`, for whoever puts it into a query of its own. */
export function boundsCondition(table: ReadTable, bounds: Bounds): string {
  const parts = table.where.map(conditionSql);
  if (bounds.from) parts.push(`${keyRow(table)} > ${keyLiteral(table, bounds.from)}`);
  if (bounds.to) parts.push(`${keyRow(table)} <= ${keyLiteral(table, bounds.to)}`);
  return parts.join(' and ');
}

/** The condition that picks the rows with these keys. */
export function keysCondition(table: ReadTable, keys: Key[]): string {
  const parts = [
    ...table.where.map(conditionSql),
    `${keyRow(table)} in (${keys.map((key) => keyLiteral(table, key)).join(', ')})`,
  ];
  return ` where ${parts.join(' and ')}`;
}

/** The key of the row that ends a chunk of `rows` rows, or undefined when no more than that are left within the bounds. */
export async function findChunkEnd(
  source: Client,
  table: ReadTable,
  bounds: Bounds,
  rows: number,
): Promise<Key | undefined> {
  const key = keyOf(table).columns.map(quoteIdentifier);
  // The text is made of the one key that is found, outside: inside it would be made of every key that is passed over.
  const { rows: found } = await source.query({
    text:
      `select ${key.map((column) => `last.${column}::text`).join(', ')} from (` +
      `select ${key.join(', ')} from ${fromClause(table)}${chunkCondition({ ...table, where: [] }, bounds)}` +
      ` order by ${key.join(', ')} offset $1 limit 1) last`,
    values: [rows - 1],
    rowMode: 'array',
  });
  return found[0] as Key | undefined;
}

/** Exact count of the rows within the bounds, or of those that a transformation leaves of them. */
export async function countRows(client: Client, table: CountedTable, bounds: Bounds): Promise<number> {
  const { distinct, types = {} } = table.transformed ?? {};
  const rowsSql = `from ${fromClause(table)}${countedCondition(table, bounds)}`;
  const { rows } = await client.query(
    distinct
      ? `select count(*) from (select distinct ${distinctSql(distinct, types)} ${rowsSql}) as different`
      : `select count(*) ${rowsSql}`,
  );
  return Number(rows[0].count);
}

/** The condition of the rows that are counted as SQL, or an empty string. */
export function countedCondition(table: CountedTable, bounds: Bounds): string {
  const condition = chunkCondition(table, bounds);
  if (!table.transformed?.filter) return condition;
  const filter = filterSql(table.transformed.filter, table.transformed.types);
  return condition === '' ? ` where ${filter}` : `${condition} and ${filter}`;
}

function conditionSql(condition: Condition): string {
  const column = quoteIdentifier(condition.column);
  if ('is' in condition)
    return condition.is === null ? `${column} is null` : `${column} = ${quoteLiteral(String(condition.is))}`;
  if ('isNot' in condition)
    return `${column} is distinct from ${condition.isNot === null ? 'null' : quoteLiteral(String(condition.isNot))}`;
  if ('atLeast' in condition) return `${column} >= ${quoteLiteral(String(condition.atLeast))}`;
  return `${column} <= ${quoteLiteral(String(condition.atMost))}`;
}

function keyRow(table: ReadTable): string {
  return `(${keyOf(table).columns.map(quoteIdentifier).join(', ')})`;
}

function keyLiteral(table: ReadTable, key: Key): string {
  return `(${keyOf(table)
    .types.map((type, index) => `${quoteLiteral(key[index] ?? '')}::${type}`)
    .join(', ')})`;
}

function keyOf(table: ReadTable): { columns: string[]; types: string[] } {
  if (!table.key) throw new Error(`${table.name} has no key, so it has no ranges either.`);
  return table.key;
}
