import type { ColumnSurvey } from '../../model.ts';
import type { TypeMatch } from '../source-engine.ts';
import { INTEGER_BITS, parseType, type MysqlType } from './types.ts';

/**
 * Which types of PostgreSQL take over a type of MySQL or MariaDB without loss when AWS DMS carries the values. What DMS makes
 * of each type is in its guide, "Using a MySQL-compatible database as a source", Source data types for MySQL, and "Using
 * a PostgreSQL database as a target". A pair that these don't promise is refused.
 */

/** A place for values: the types of PostgreSQL that take them, and one of them to recommend. */
interface Places {
  suits(to: PostgresType): boolean;
  makeIt: string;
}
interface PostgresType {
  /** Without modifier: `timestamp without time zone`. */
  name: string;
  modifiers: number[];
}

const POSTGRES_INTEGER_BITS: Record<string, number> = { smallint: 16, integer: 32, bigint: 64 };
/** DMS's own NUMERIC. */
const MOST_DECIMAL_DIGITS = 38;
/** The guide promises milliseconds of DATETIME(n), and no digit behind them. */
const FRACTION_DIGITS = 3;
const FRACTION_DIGITS_OF_POSTGRES = 6;
/** `-838:59:59` */
const TIME_LENGTH = 10;
const TEXT_LENGTHS: Record<string, number> = { tinytext: 255, text: 65_535 };

export function matchTypes(from: ColumnSurvey, to: ColumnSurvey): TypeMatch {
  const places = placesFor(parseType(from.type));
  if (typeof places === 'string') return { refused: ` (${places})`, makeIt: undefined };
  const place = parsePostgresType(to.structure ?? to.fingerprint);
  if (places.suits(place)) return 'same text form';
  const zoned = place.name.endsWith('with time zone') && /^(datetime|timestamp|time)/.test(from.type);
  return { refused: zoned ? ' (a time zone would be guessed)' : '', makeIt: places.makeIt };
}

/** @returns why there is no place, as text */
function placesFor(type: MysqlType): Places | string {
  if (type.name in INTEGER_BITS) return placesForInteger(type);
  const [length] = type.modifiers;
  switch (type.name) {
    case 'decimal':
      return placesForDecimal(type);
    case 'double':
      return only('double precision');
    case 'year':
      return integerOf(16, 4);
    case 'bit':
      return length === 1 ? only('boolean') : 'AWS DMS carries bit(1), as boolean';
    case 'date':
      return only('date');
    case 'datetime':
    case 'timestamp':
      return placesForTimestamp(length ?? 0);
    case 'time':
      return length === undefined ? text(TIME_LENGTH) : 'AWS DMS promises no fractions of a second of a time';
    case 'char':
      return charOf(length ?? 1);
    case 'varchar':
    case 'tinytext':
    case 'text':
      return text(length ?? TEXT_LENGTHS[type.name]);
    case 'mediumtext':
    case 'longtext':
      return text(undefined);
    case 'enum':
      return text(Math.max(0, ...type.labelLengths));
    case 'set':
      return text(type.labelLengths.reduce((sum, labelLength) => sum + labelLength + 1, 0));
    case 'json':
      return 'AWS does not say that it arrives unchanged';
    case 'binary':
    case 'varbinary':
    case 'tinyblob':
    case 'blob':
    case 'mediumblob':
    case 'longblob':
      return only('bytea');
    case 'float':
      return 'AWS DMS carries the type FLOAT only nearly';
    default:
      return "AWS DMS's guide promises nothing of this type";
  }
}

function only(name: string): Places {
  return { suits: (to) => to.name === name, makeIt: name };
}

function placesForInteger({ name, unsigned, modifiers }: MysqlType): Places {
  // As many as a signed integer needs. Of an unsigned bigint the values are looked at: DMS makes a bigint of it (misfits.ts).
  const bits = Math.min(64, INTEGER_BITS[name]! + (unsigned ? 1 : 0));
  const digits = String(2n ** BigInt(bits - 1)).length;
  const places = integerOf(bits, digits);
  // That is how MySQL writes BOOLEAN. Another number than 0 and 1 in it is an error of the target, not a loss.
  const isBoolean = name === 'tinyint' && !unsigned && modifiers[0] === 1;
  return isBoolean ? { ...places, suits: (to) => to.name === 'boolean' || places.suits(to) } : places;
}

function integerOf(bits: number, digits: number): Places {
  const smallest = Object.keys(POSTGRES_INTEGER_BITS).find((name) => POSTGRES_INTEGER_BITS[name]! >= bits);
  return {
    suits: (to) => (POSTGRES_INTEGER_BITS[to.name] ?? 0) >= bits || isNumeric(to, digits, 0),
    makeIt: smallest ?? `numeric(${digits},0)`,
  };
}

function placesForDecimal({ modifiers: [precision = 10, scale = 0] }: MysqlType): Places | string {
  if (precision > MOST_DECIMAL_DIGITS) return `AWS DMS carries at most ${MOST_DECIMAL_DIGITS} digits of a number`;
  return { suits: (to) => isNumeric(to, precision - scale, scale), makeIt: `numeric(${precision},${scale})` };
}

/** A scale that is larger adds zeros, which is the same number. */
function isNumeric({ name, modifiers: [precision, scale = 0] }: PostgresType, before: number, after: number): boolean {
  return name === 'numeric' && (precision === undefined || (scale >= after && precision - scale >= before));
}

function placesForTimestamp(fractionDigits: number): Places | string {
  if (fractionDigits > FRACTION_DIGITS) return 'AWS DMS promises milliseconds, and this type has digits behind them';
  const name = 'timestamp without time zone';
  return {
    suits: (to) => to.name === name && (to.modifiers[0] ?? FRACTION_DIGITS_OF_POSTGRES) >= fractionDigits,
    makeIt: 'timestamp',
  };
}

/** Trailing spaces mean nothing in either of the two. */
function charOf(length: number): Places {
  return {
    suits: (to) => isText(to, length) || (to.name === 'character' && (to.modifiers[0] ?? 1) >= length),
    makeIt: `varchar(${length})`,
  };
}

/** @param length the most characters; undefined: no limit */
function text(length: number | undefined): Places {
  return { suits: (to) => isText(to, length), makeIt: length === undefined ? 'text' : `varchar(${length}) or text` };
}

function isText({ name, modifiers: [limit] }: PostgresType, length: number | undefined): boolean {
  if (name === 'text') return true;
  return name === 'character varying' && (limit === undefined || (length !== undefined && limit >= length));
}

/** Of a domain, what it is over: its constraint says in the target what doesn't fit. */
function parsePostgresType(structure: string): PostgresType {
  const plain = structure.replace(/^(domain over )+/, '');
  const modifier = /\((-?\d+(?:,-?\d+)*)\)/.exec(plain);
  if (!modifier) return { name: plain, modifiers: [] };
  return { name: plain.replace(modifier[0], ''), modifiers: modifier[1]!.split(',').map(Number) };
}
