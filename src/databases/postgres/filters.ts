import type { ColumnSurvey } from '../../model.ts';
import type { FilterValue, RowFilter } from '../../request/row-filter.ts';
import type { ComparedKind } from '../compared-values.ts';
import { MOST_DECIMAL_DIGITS } from '../jdbc.ts';
import type { Transformed } from '../source-engine.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';

const INTEGER_DIGITS: Record<string, number> = { smallint: 5, integer: 10, bigint: 20 };
const NUMERIC = /^numeric\((\d+),(\d+)\)$/;
const TEXT = /^(text|character varying(\(\d+\))?)$/;
const TIMESTAMP = /^timestamp(\(\d\))? without time zone$/;

/**
 * Not: numbers without a scale, which Spark has no type for; floating-point ones, which it may compare as another type
 * than PostgreSQL does; char(n), whose spaces count in one of the two; times with a zone; types of an extension or of
 * one's own, domains among them, whose operators are their own.
 */
export function comparedKindOf({ type }: Pick<ColumnSurvey, 'type'>): ComparedKind | undefined {
  const digits = INTEGER_DIGITS[type];
  if (digits !== undefined) return { before: digits, after: 0 };
  const [, precision = '', scale = ''] = NUMERIC.exec(type) ?? [];
  if (precision !== '' && Number(precision) <= MOST_DECIMAL_DIGITS && Number(scale) <= Number(precision)) {
    return { before: Number(precision) - Number(scale), after: Number(scale) };
  }
  if (TEXT.test(type)) return 'text';
  if (TIMESTAMP.test(type)) return 'timestamp';
  return type === 'boolean' ? 'truth' : type === 'date' ? 'date' : undefined;
}

/**
 * The filter as SQL. Text is compared by its bytes, as Spark does: whatever the column's own collation takes for the same
 * or for less.
 */
export function filterSql(filter: RowFilter, types: Transformed['types']): string {
  if ('and' in filter) return `(${filter.and.map((part) => filterSql(part, types)).join(' and ')})`;
  if ('or' in filter) return `(${filter.or.map((part) => filterSql(part, types)).join(' or ')})`;
  if ('not' in filter) return `(not ${filterSql(filter.not, types)})`;
  const column = quoteIdentifier(filter.column);
  // IS NULL says yes to a composite value of which every field is NULL.
  if ('isNull' in filter) return `(${column} is ${filter.isNull ? 'not ' : ''}distinct from null)`;
  const type = types[filter.column] ?? '';
  if ('in' in filter) {
    return `(${asCompared(column, type)} in (${filter.in.map((value) => literal(value, type)).join(', ')}))`;
  }
  const { is, value } = filter;
  if (!TEXT.test(type) || is === '=' || is === '<>')
    return `(${asCompared(column, type)} ${is} ${literal(value, type)})`;
  return `(${bytes(column)} ${is} ${bytes(literal(value, type))})`;
}

/** The columns by which rows are told apart, as SQL. */
export function distinctSql(columns: string[], types: Transformed['types']): string {
  return columns.map((column) => asCompared(quoteIdentifier(column), types[column] ?? '')).join(', ');
}

/** Under this collation two texts are the same when their bytes are. */
function asCompared(column: string, type: string): string {
  return TEXT.test(type) ? `${column} collate "C"` : column;
}

/** Collation "C" orders by the bytes of the server's encoding, which need not be UTF-8. */
function bytes(text: string): string {
  return `convert_to(${text}, 'UTF8')`;
}

function literal(value: FilterValue, type: string): string {
  if ('number' in value) return value.number;
  if ('truth' in value) return String(value.truth);
  // Of a type with a precision the literal would be rounded.
  return `${quoteLiteral(value.text)}::${TEXT.test(type) ? 'text' : type === 'date' ? 'date' : 'timestamp'}`;
}
