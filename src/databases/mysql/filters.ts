import type { ColumnSurvey } from '../../model.ts';
import type { FilterValue, RowFilter } from '../../request/row-filter.ts';
import type { ComparedKind } from '../compared-values.ts';
import { MOST_DECIMAL_DIGITS } from '../jdbc.ts';
import type { Transformed } from '../source-engine.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';
import { INTEGER_BITS, parseType } from './types.ts';

/** Those of an unsigned bigint. Spark gives each of the others as many or fewer. */
const INTEGER_DIGITS = 20;
const TEXTS = new Set(['varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);

/**
 * Not: floating-point numbers, which Spark may compare as another type than the server does; char(n) and enum, of which
 * each driver has its own idea; timestamp, which is a moment; year, bit, json and all else. A tinyint(1) is a number.
 */
export function comparedKindOf({ type }: Pick<ColumnSurvey, 'type'>): ComparedKind | undefined {
  const { name, modifiers } = parseType(type);
  if (name in INTEGER_BITS) return { before: INTEGER_DIGITS, after: 0 };
  const [precision = 10, scale = 0] = modifiers;
  if (name === 'decimal' && precision <= MOST_DECIMAL_DIGITS) return { before: precision - scale, after: scale };
  if (TEXTS.has(name)) return 'text';
  return name === 'date' ? 'date' : name === 'datetime' ? 'timestamp' : undefined;
}

/** The filter as SQL. Text is compared by its bytes in UTF-8, as Spark does: for most collations 'a' is 'A' and 'a '. */
export function filterSql(filter: RowFilter, types: Transformed['types']): string {
  if ('and' in filter) return `(${filter.and.map((part) => filterSql(part, types)).join(' and ')})`;
  if ('or' in filter) return `(${filter.or.map((part) => filterSql(part, types)).join(' or ')})`;
  if ('not' in filter) return `(not ${filterSql(filter.not, types)})`;
  const column = quoteIdentifier(filter.column);
  // IS NULL says yes to the date 0000-00-00 in a column that may not be NULL.
  if ('isNull' in filter) return filter.isNull ? `(${column} <=> null)` : `(not (${column} <=> null))`;
  const type = types[filter.column] ?? '';
  const compared = asCompared(column, type);
  return 'in' in filter
    ? `(${compared} in (${filter.in.map((value) => literal(value, type)).join(', ')}))`
    : `(${compared} ${filter.is} ${literal(filter.value, type)})`;
}

/** The columns by which rows are told apart, as SQL. */
export function distinctSql(columns: string[], types: Transformed['types']): string {
  return columns
    .map((column, index) => `${asCompared(quoteIdentifier(column), types[column] ?? '')} as c${index}`)
    .join(', ');
}

function asCompared(column: string, type: string): string {
  return TEXTS.has(parseType(type).name) ? `cast(convert(${column} using utf8mb4) as binary)` : column;
}

function literal(value: FilterValue, type: string): string {
  if ('number' in value) return value.number;
  if ('truth' in value) throw new Error(`A truth is not compared with a column of type ${type}.`);
  switch (parseType(type).name) {
    case 'date':
      return `cast(${quoteLiteral(value.text)} as date)`;
    case 'datetime':
      return `cast(${quoteLiteral(value.text)} as datetime(6))`;
    default:
      return `X'${Buffer.from(value.text).toString('hex')}'`;
  }
}
