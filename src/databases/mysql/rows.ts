import { LoadFailedError } from '../../errors.ts';
import type { Condition } from '../../request/schema.ts';
import type { Bounds, ReadTable } from '../source-engine.ts';
import { readColumns, type ColumnRow } from './catalogue.ts';
import { kindOf } from './comparable.ts';
import type { Client } from './connection.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';
import { DATE_TYPES, parseType } from './types.ts';

/** A piece of SQL with its values, one for each `?`. */
interface Sql {
  sql: string;
  values: unknown[];
}

/**
 * Exact count of the rows within the bounds.
 * @throws LoadFailedError when one of the table's columns that are loaded holds a date that PostgreSQL doesn't have
 */
export async function countRows(client: Client, table: ReadTable, bounds: Bounds): Promise<number> {
  const columns = await readColumns(client, table.name);
  const dates = dateColumns(columns, table.columns);
  const condition = conditionOf(table, bounds, columns);
  const [row] = await client.query<{ found: string; impossible: string | null }>(
    `select count(*) as found, ${dates.length === 0 ? '0' : `sum(${impossibleDate(dates)})`} as impossible
       from ${quoteQualifiedName(table.name)}${condition.sql}`,
    condition.values,
  );
  const impossible = Number(row!.impossible ?? 0);
  if (impossible === 0) return Number(row!.found);
  throw new LoadFailedError(
    `${table.name}: ${impossible} rows hold a date such as 0000-00-00 in ${dates.join(' or ')}, which PostgreSQL does not ` +
      'have: AWS DMS writes NULL instead. Correct these dates in the source, or drop the columns.',
  );
}

/** The loaded columns that may hold such a date. */
export function dateColumns(columns: ColumnRow[], loaded: string[] | undefined): string[] {
  return columns
    .filter(({ name, type }) => DATE_TYPES.includes(parseType(type).name) && (loaded?.includes(name) ?? true))
    .map(({ name }) => name);
}

/** SQL that is 1 for a row with a date that PostgreSQL doesn't have: 0000-00-00, 2021-00-05, 2021-02-31. */
export function impossibleDate(columns: string[]): string {
  const tests = columns.map(quoteIdentifier).map(
    // LAST_DAY of what is no date is NULL in one engine and a date in the other.
    (column) =>
      `(${column} is not null and coalesce(year(${column}) = 0 or month(${column}) = 0 or day(${column}) = 0` +
      ` or day(${column}) > day(last_day(${column})), true))`,
  );
  return tests.join(' or ');
}

/** The condition of the request and the bounds, or an empty string. */
export function conditionOf(table: ReadTable, bounds: Bounds, columns: ColumnRow[]): Sql {
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? '';
  const parts = [
    ...table.where.map((condition) => conditionSql(condition, typeOf(condition.column))),
    ...boundSql(table, '>', bounds.from),
    ...boundSql(table, '<=', bounds.to),
  ];
  if (parts.length === 0) return { sql: '', values: [] };
  return {
    sql: ` where ${parts.map(({ sql }) => sql).join(' and ')}`,
    values: parts.flatMap(({ values }) => values),
  };
}

function conditionSql(condition: Condition, type: string): Sql {
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
