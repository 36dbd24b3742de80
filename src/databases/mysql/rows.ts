import { LoadFailedError } from '../../errors.ts';
import type { Condition } from '../../request/schema.ts';
import type { Bounds, CountedTable, ReadTable } from '../source-engine.ts';
import { readColumns, type ColumnRow } from './catalogue.ts';
import { kindOf } from './comparable.ts';
import type { Client } from './connection.ts';
import { distinctSql, filterSql, type Sql } from './filters.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';
import { misfitsOf } from './misfits.ts';

/**
 * Exact count of the rows within the bounds, or of those that a transformation leaves of them.
 * @throws LoadFailedError when one of the table's columns that are loaded holds what can't have gone over unchanged
 */
export async function countRows(client: Client, table: CountedTable, bounds: Bounds): Promise<number> {
  const columns = await readColumns(client, table.name);
  if (table.transformed?.distinct) return countDistinct(client, table, table.transformed.distinct, columns);
  const misfits = misfitsOf(columns, table.columns);
  const condition = conditionOf(table, bounds, columns);
  const sums = misfits.map(({ sql }, index) => `, sum(${sql}) as misfits${index}`).join('');
  const [row] = await client.query<{ found: string } & Record<string, string | null>>(
    `select count(*) as found${sums} from ${quoteQualifiedName(table.name)}${condition.sql}`,
    condition.values,
  );
  const found = misfits.find((_, index) => Number(row![`misfits${index}`] ?? 0) > 0);
  if (found) throw new LoadFailedError(`${table.name}: ${found.wrong}. ${found.advice}`);
  return Number(row!.found);
}

async function countDistinct(
  client: Client,
  table: CountedTable,
  distinct: string[],
  columns: ColumnRow[],
): Promise<number> {
  const condition = conditionOf(table, {}, columns);
  const [row] = await client.query<{ found: string }>(
    `select count(*) as found from (select distinct ${distinctSql(distinct, table.transformed?.types ?? {})}` +
      ` from ${quoteQualifiedName(table.name)}${condition.sql}) as different`,
    condition.values,
  );
  return Number(row!.found);
}

/** The condition of the request, the filter and the bounds, or an empty string. */
function conditionOf(table: CountedTable, bounds: Bounds, columns: ColumnRow[]): Sql {
  const { filter, types } = table.transformed ?? { types: {} };
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? '';
  const parts = [
    ...table.where.map((condition) => conditionSql(condition, typeOf(condition.column))),
    ...(filter ? [filterSql(filter, types)] : []),
    ...boundSql(table, '>', bounds.from),
    ...boundSql(table, '<=', bounds.to),
  ];
  if (parts.length === 0) return { sql: '', values: [] };
  return {
    sql: ` where ${parts.map(({ sql }) => sql).join(' and ')}`,
    values: parts.flatMap(({ values }) => values),
  };
}

/** @param type the column's */
export function conditionSql(condition: Condition, type: string): Sql {
  const column = quoteIdentifier(condition.column);
  if ('is' in condition) {
    return condition.is === null ? { sql: `${column} is null`, values: [] } : compare(column, '=', condition.is, type);
  }
  if ('isNot' in condition) {
    if (condition.isNot === null) return { sql: `${column} is not null`, values: [] };
    const { sql, values } = compare(column, '<=>', condition.isNot, type);
    return { sql: `not (${sql})`, values };
  }
  return 'atLeast' in condition
    ? compare(column, '>=', condition.atLeast, type)
    : compare(column, '<=', condition.atMost, type);
}

/** A number that came as text would be compared as a floating-point one, and the last digits of a large one be lost. */
function compare(column: string, operator: string, value: string | number | boolean, type: string): Sql {
  switch (kindOf(type)) {
    case 'whole number':
      return { sql: `${column} ${operator} ?`, values: [BigInt(value)] };
    case 'number':
      return { sql: `${column} ${operator} cast(? as decimal(65,30))`, values: [String(value)] };
    case 'date':
    case 'timestamp':
    case 'text':
      return { sql: `${column} ${operator} ?`, values: [String(value)] };
    case undefined:
      throw new Error(`Nothing is compared with a column of type ${type}.`);
  }
}

/** Ranges are cut by keys of one whole number only, see readKeyQuantiles. */
function boundSql({ name, key }: ReadTable, operator: string, bound: string[] | undefined): Sql[] {
  if (bound === undefined) return [];
  const [column, ...others] = key?.columns ?? [];
  const [value] = bound;
  if (column === undefined || value === undefined || others.length > 0) throw new Error(`${name} has no such ranges.`);
  return [{ sql: `${quoteIdentifier(column)} ${operator} ?`, values: [BigInt(value)] }];
}
