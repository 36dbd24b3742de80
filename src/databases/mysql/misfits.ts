import type { Obstacle } from '../source-engine.ts';
import type { ColumnRow } from './catalogue.ts';
import { quoteIdentifier } from './identifiers.ts';
import { parseType } from './types.ts';

/** Values of a column that AWS DMS changes without a word, and SQL that is 1 for a row with one. */
export interface Misfit extends Obstacle {
  sql: string;
}

const DATE_TYPES = new Set(['date', 'datetime', 'timestamp']);

/** By the guide of AWS DMS, "Source data types for MySQL" and "Target data types for PostgreSQL". @param loaded names; all when absent */
export function misfitsOf(columns: ColumnRow[], loaded: string[] | undefined): Misfit[] {
  return columns
    .filter(({ name }) => loaded?.includes(name) ?? true)
    .map(misfitOf)
    .filter((misfit) => misfit !== undefined);
}

function misfitOf({ name, type }: ColumnRow): Misfit | undefined {
  const parsed = parseType(type);
  const column = quoteIdentifier(name);
  if (parsed.name === 'bigint' && parsed.unsigned) {
    return {
      sql: `(${column} > ${2n ** 63n - 1n})`,
      wrong: `${name} holds a number beyond bigint, which AWS DMS makes of an unsigned one`,
      advice: 'Drop the column, or load without AWS DMS',
    };
  }
  if (!DATE_TYPES.has(parsed.name)) return undefined;
  return {
    sql: isNoDate(column),
    wrong: `${name} holds a date such as 0000-00-00, which PostgreSQL does not have: AWS DMS writes NULL instead`,
    advice: 'Correct these dates in the source, or drop the column',
  };
}

/** SQL that is 1 for what a column of dates can hold and no calendar has. @param column quoted */
export function isNoDate(column: string): string {
  // LAST_DAY of what is no date is NULL in one engine and a date in the other.
  return (
    `(${column} is not null and coalesce(year(${column}) = 0 or month(${column}) = 0 or day(${column}) = 0` +
    ` or day(${column}) > day(last_day(${column})), true))`
  );
}
