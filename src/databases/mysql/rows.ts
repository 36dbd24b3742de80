import { LoadFailedError } from '../../errors.ts';
import type { Condition } from '../../request/schema.ts';
import type { Bounds, CountedTable, ReadTable } from '../source-engine.ts';
import { readColumns, type ColumnRow } from './catalogue.ts';
import { kindOf } from './comparable.ts';
import type { Client } from './connection.ts';
import { distinctSql, filterSql } from './filters.ts';
import { quoteIdentifier, quoteLiteral, quoteQualifiedName } from './identifiers.ts';
import { misfitsOf } from './misfits.ts';

/**
 * Exact count of the rows within the bounds, or of those that a transformation leaves of them. Values stand in the SQL as
 * literals: the driver would put them in for a `?` in a name, too.
 *
 * @throws LoadFailedError when one of the table's columns that are loaded holds what can't have gone over unchanged
 */
export async function countRows(client: Client, table: CountedTable, bounds: Bounds): Promise<number> {
  const columns = await readColumns(client, table.name);
  const rowsSql = `from ${quoteQualifiedName(table.name)}${conditionOf(table, bounds, columns)}`;
  const { distinct, types = {} } = table.transformed ?? {};
  if (distinct) {
    const [row] = await client.query<{ found: string }>(
      `select count(*) as found from (select distinct ${distinctSql(distinct, types)} ${rowsSql}) as different`,
    );
    return Number(row!.found);
  }
  const misfits = misfitsOf(columns, table.columns);
  const sums = misfits.map(({ sql }, index) => `, sum(${sql}) as misfits${index}`).join('');
  const [row] = await client.query<{ found: string } & Record<string, string | null>>(
    `select count(*) as found${sums} ${rowsSql}`,
  );
  const found = misfits.find((_, index) => Number(row![`misfits${index}`] ?? 0) > 0);
  if (found) throw new LoadFailedError(`${table.name}: ${found.wrong}. ${found.advice}`);
  return Number(row!.found);
}

/** The condition of the request, the filter and the bounds, or an empty string. */
function conditionOf(table: CountedTable, bounds: Bounds, columns: ColumnRow[]): string {
  const { filter, types } = table.transformed ?? { types: {} };
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? '';
  const parts = [
    ...table.where.map((condition) => conditionSql(condition, typeOf(condition.column))),
    ...(filter ? [filterSql(filter, types)] : []),
    ...boundSql(table, '>', bounds.from),
    ...boundSql(table, '<=', bounds.to),
  ];
  return parts.length === 0 ? '' : ` where ${parts.join(' and ')}`;
}

/** @param type the column's */
export function conditionSql(condition: Condition, type: string): string {
  const column = quoteIdentifier(condition.column);
  if ('is' in condition) {
    return condition.is === null ? `${column} is null` : compare(column, '=', condition.is, type);
  }
  if ('isNot' in condition) {
    return condition.isNot === null
      ? `${column} is not null`
      : `not (${compare(column, '<=>', condition.isNot, type)})`;
  }
  return 'atLeast' in condition
    ? compare(column, '>=', condition.atLeast, type)
    : compare(column, '<=', condition.atMost, type);
}

/** A number that came as text would be compared as a floating-point one, and the last digits of a large one be lost. */
function compare(column: string, operator: string, value: string | number | boolean, type: string): string {
  switch (kindOf(type)) {
    case 'whole number':
      return `${column} ${operator} ${BigInt(value)}`;
    case 'number':
      return `${column} ${operator} cast(${quoteLiteral(String(value))} as decimal(65,30))`;
    case 'date':
    case 'timestamp':
    case 'text':
      return `${column} ${operator} ${quoteLiteral(String(value))}`;
    case undefined:
      throw new Error(`Nothing is compared with a column of type ${type}.`);
  }
}

/** Ranges are cut by keys of one whole number only, see readKeyQuantiles. */
function boundSql({ name, key }: ReadTable, operator: string, bound: string[] | undefined): string[] {
  if (bound === undefined) return [];
  const [column, ...others] = key?.columns ?? [];
  const [value] = bound;
  if (column === undefined || value === undefined || others.length > 0) throw new Error(`${name} has no such ranges.`);
  return [`${quoteIdentifier(column)} ${operator} ${BigInt(value)}`];
}
