import type { ColumnSurvey } from '../../model.ts';
import { MOST_DECIMAL_DIGITS, type TypedForm } from '../jdbc.ts';
import { quoteIdentifier } from './identifiers.ts';
import { isNoDate } from './misfits.ts';
import { INTEGER_BITS, parseType, type MysqlType } from './types.ts';

const TEXTS = new Set(['varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'json']);
const BYTES = new Set(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob']);
const SHAPES = new Set([
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
]);

/**
 * A column's value as text that loses nothing: as the input functions of PostgreSQL's types read it, where casts.ts lets
 * one take it over. What is no date in PostgreSQL (0000-00-00) stays as it is, and is refused there.
 */
export function textForm(column: ColumnSurvey): string {
  const { name } = parseType(column.type);
  const value = quoteIdentifier(column.name);
  if (TEXTS.has(name)) return value;
  if (BYTES.has(name) || SHAPES.has(name)) return hexForm(value);
  // A number of digits after the point would cut a floating-point number, and few digits a single one.
  if (name === 'double' || name === 'float') return `cast(${value} * 1e0 as char)`;
  if (name === 'bit') return `cast(${value} + 0 as char)`;
  // Also of char, enum and set, which Spark would fill up with spaces.
  return `cast(${value} as char)`;
}

/** As bytea reads it. A text beyond max_allowed_packet would be NULL without a word. */
function hexForm(value: string): string {
  const tooLong = `octet_length(${value}) * 2 + 2 > @@max_allowed_packet`;
  return `if(${tooLong}, ${refused(value)}, concat('\\\\x', lower(hex(${value}))))`;
}

/** An error that shows the column's name: a number beyond all of them. */
function refused(value: string): string {
  return `~0 + octet_length(${value})`;
}

/** Dates and times go as numbers of days and microseconds, since drivers make them by a calendar and time zone of their own. */
export function typedForm(column: ColumnSurvey): TypedForm | undefined {
  const type = parseType(column.type);
  const value = quoteIdentifier(column.name);
  const asItIs = (name: string) => name;
  if (type.name in INTEGER_BITS) return { sql: `cast(${value} as ${integerOf(type)})`, spark: asItIs };
  if (BYTES.has(type.name)) return { sql: value, spark: asItIs };
  const [length = 1] = type.modifiers;
  switch (type.name) {
    case 'decimal':
      return decimalForm(value, type);
    case 'double':
    case 'float':
      return { sql: `${value} * 1e0`, spark: asItIs };
    case 'year':
      return { sql: `cast(${value} as signed)`, spark: asItIs };
    case 'bit':
      return length === 1
        ? { sql: `cast(${value} + 0 as signed)`, spark: (name) => `${name} <> 0` }
        : { sql: `cast(${value} + 0 as unsigned)`, spark: asItIs };
    case 'date':
      return {
        sql: dateForm(value, `datediff(${value}, '1970-01-01')`),
        spark: (name) => `date_from_unix_date(cast(${name} as int))`,
      };
    case 'datetime':
      return {
        sql: dateForm(value, microsecondsOf(value)),
        spark: (name) => `cast(timestamp_micros(${name}) as timestamp_ntz)`,
      };
    case 'timestamp':
      return { sql: dateForm(value, microsecondsOf(value)), spark: (name) => `timestamp_micros(${name})` };
    default:
      return undefined;
  }
}

function integerOf({ name, unsigned }: MysqlType): string {
  return name === 'bigint' && unsigned ? 'unsigned' : 'signed';
}

function decimalForm(value: string, { modifiers: [precision = 10, scale = 0] }: MysqlType): TypedForm | undefined {
  if (precision > MOST_DECIMAL_DIGITS) return undefined;
  return { sql: `cast(${value} as decimal(${precision},${scale}))`, spark: (name) => name };
}

/** Functions of dates answer NULL for what is none. */
function dateForm(value: string, sql: string): string {
  return `cast(if(${isNoDate(value)}, ${refused(value)}, ${sql}) as signed)`;
}

function microsecondsOf(value: string): string {
  return `timestampdiff(microsecond, '1970-01-01', ${value})`;
}
