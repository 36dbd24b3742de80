import type { ColumnSurvey, TableSurvey } from '../model.ts';
import type { FilterValue, RowFilter } from '../request/row-filter.ts';
import { MOST_DECIMAL_DIGITS } from './jdbc.ts';

/**
 * What a column's values are where Spark and the database compare them alike, for a filter and for telling rows apart:
 * numbers with so many digits before and after the point, truths, text by its bytes in UTF-8, dates and times without a
 * zone. Each engine says which of its types is which; whatever it is not certain of is none.
 */
export type ComparedKind = { before: number; after: number } | 'truth' | 'text' | 'date' | 'timestamp';
export type KindOf = (column: ColumnSurvey) => ComparedKind | undefined;

/** Spark, its drivers and the databases agree on days since the calendar of today, and call their ends differently. */
const YEARS = { first: 1583, last: 9998 };
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/;

/** Why the filter may not mean the same in Spark and in the database, as it goes on after "the filter". */
export function findFilterObstacle(table: TableSurvey, filter: RowFilter, kindOf: KindOf): string | undefined {
  const parts = 'and' in filter ? filter.and : 'or' in filter ? filter.or : 'not' in filter ? [filter.not] : undefined;
  if (parts) return firstOf(parts, (part) => findFilterObstacle(table, part, kindOf));
  if (!('column' in filter)) throw new Error('A filter without a column.');
  const column = table.columns.find(({ name }) => name === filter.column);
  if (!column) return `says ${filter.column}, which is no column of the table`;
  if ('isNull' in filter) return undefined;
  const kind = kindOf(column);
  const called = `${column.name}, ${column.type}`;
  if (kind === undefined) return `compares ${called}, which Spark and the source may compare differently`;
  if (kind === 'truth' && 'is' in filter && filter.is !== '=' && filter.is !== '<>') return `orders ${called}`;
  const values = 'in' in filter ? filter.in : [filter.value];
  const strange = values.find((value) => !isOfKind(kind, value));
  if (strange) return `compares ${called}, with ${show(strange)}, which Spark and the source may take differently`;
  return typeof kind === 'object' && digitsTogether(kind, values) > MOST_DECIMAL_DIGITS
    ? `compares ${called}, with a number of more digits than Spark keeps`
    : undefined;
}

/** Why rows that are the same in these columns might not be the same rows for Spark and for the database. */
export function findDistinctObstacle(table: TableSurvey, columns: string[], kindOf: KindOf): string | undefined {
  return firstOf(columns, (name) => {
    const column = table.columns.find((candidate) => candidate.name === name);
    if (!column) return `${name} is no column of the table`;
    if (kindOf(column) !== undefined) return undefined;
    return `Spark and the source may tell values of ${name}, ${column.type}, apart differently`;
  });
}

function isOfKind(kind: ComparedKind, value: FilterValue): boolean {
  switch (kind) {
    case 'truth':
      return 'truth' in value;
    case 'text':
      return 'text' in value;
    case 'date':
      return 'text' in value && isDate(value.text);
    case 'timestamp':
      return 'text' in value && isTimestamp(value.text);
    default:
      return 'number' in value;
  }
}

function isTimestamp(text: string): boolean {
  const [date = '', time, ...more] = text.split(' ');
  return isDate(date) && (time === undefined || TIME.test(time)) && more.length === 0;
}

/** Of the calendar: each side has its own idea of the 30th of February. */
function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  const date = new Date(`${text}T00:00:00Z`);
  return (
    Number(year) >= YEARS.first &&
    Number(year) <= YEARS.last &&
    date.getUTCMonth() + 1 === Number(month) &&
    date.getUTCDate() === Number(day)
  );
}

/** Of the decimal that has room for the column and all of the values: as such a one Spark compares them. */
function digitsTogether(column: { before: number; after: number }, values: FilterValue[]): number {
  const sizes = values.map((value) => {
    const [before = '', after = ''] = ('number' in value ? value.number : '').replace('-', '').split('.');
    return { before: before.length, after: after.length };
  });
  const all = [column, ...sizes];
  return Math.max(...all.map(({ before }) => before)) + Math.max(...all.map(({ after }) => after));
}

function show(value: FilterValue): string {
  if ('text' in value) return `'${value.text}'`;
  return 'number' in value ? value.number : String(value.truth);
}

function firstOf<T>(all: T[], find: (one: T) => string | undefined): string | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
