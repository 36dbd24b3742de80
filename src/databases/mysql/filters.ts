import type { ColumnSurvey } from '../../model.ts';
import type { FilterValue, RowFilter } from '../../request/row-filter.ts';
import type { ComparedKind } from '../compared-values.ts';
import type { Transformed } from '../source-engine.ts';
import { quoteIdentifier } from './identifiers.ts';
import { INTEGER_BITS, parseType } from './types.ts';

/** A piece of SQL with its values, one for each `?`. */
export interface Sql {
  sql: string;
  values: unknown[];
}

/** Those of an unsigned bigint. Spark gives each of the others as many or fewer. */
const INTEGER_DIGITS = 20;
const MOST_DIGITS_OF_SPARK = 38;
const TEXTS = new Set(['varchar', 'tinytext', 'text', 'mediumtext', 'longtext']);

/**
 * Not: floating-point numbers, which Spark may compare as another type than the server does; char(n) and enum, of which
 * each driver has its own idea; timestamp, which is a moment; year, bit, json and all else. A tinyint(1) is a number.
 */
export function comparedKindOf({ type }: Pick<ColumnSurvey, 'type'>): ComparedKind | undefined {
  const { name, modifiers } = parseType(type);
  if (name in INTEGER_BITS) return { before: INTEGER_DIGITS, after: 0 };
  const [precision = 10, scale = 0] = modifiers;
  if (name === 'decimal' && precision <= MOST_DIGITS_OF_SPARK) return { before: precision - scale, after: scale };
  if (TEXTS.has(name)) return 'text';
  return name === 'date' ? 'date' : name === 'datetime' ? 'timestamp' : undefined;
}

/** The filter as SQL. Text is compared by its bytes in UTF-8, as Spark does: for most collations 'a' is 'A' and 'a '. */
export function filterSql(filter: RowFilter, types: Transformed['types']): Sql {
  if ('and' in filter) return join(filter.and, ' and ', types);
  if ('or' in filter) return join(filter.or, ' or ', types);
  if ('not' in filter) {
    const { sql, values } = filterSql(filter.not, types);
    return { sql: `(not ${sql})`, values };
  }
  const column = quoteIdentifier(filter.column);
  // IS NULL says yes to the date 0000-00-00 in a column that may not be NULL.
  if ('isNull' in filter)
    return { sql: filter.isNull ? `(${column} <=> null)` : `(not (${column} <=> null))`, values: [] };
  const type = types[filter.column] ?? '';
  const asked = 'in' in filter ? filter.in : [filter.value];
  const literals = asked.map((value) => literal(value, type));
  const compared = literals.map(({ sql }) => sql).join(', ');
  return {
    sql: `(${asCompared(column, type)} ${'in' in filter ? `in (${compared})` : `${filter.is} ${compared}`})`,
    values: literals.flatMap(({ values }) => values),
  };
}

/** The columns by which rows are told apart, as SQL. */
export function distinctSql(columns: string[], types: Transformed['types']): string {
  return columns
    .map((column, index) => `${asCompared(quoteIdentifier(column), types[column] ?? '')} as c${index}`)
    .join(', ');
}

function join(parts: RowFilter[], word: string, types: Transformed['types']): Sql {
  const joined = parts.map((part) => filterSql(part, types));
  return { sql: `(${joined.map(({ sql }) => sql).join(word)})`, values: joined.flatMap(({ values }) => values) };
}

function asCompared(column: string, type: string): string {
  return TEXTS.has(parseType(type).name) ? `cast(convert(${column} using utf8mb4) as binary)` : column;
}

function literal(value: FilterValue, type: string): Sql {
  if ('number' in value) return { sql: value.number, values: [] };
  if ('truth' in value) throw new Error(`A truth is not compared with a column of type ${type}.`);
  switch (parseType(type).name) {
    case 'date':
      return { sql: 'cast(? as date)', values: [value.text] };
    case 'datetime':
      return { sql: 'cast(? as datetime(6))', values: [value.text] };
    default:
      return { sql: '?', values: [Buffer.from(value.text)] };
  }
}
