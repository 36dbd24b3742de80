import type { ColumnSurvey, QualifiedName } from '../../model.ts';
import type { Obstacle } from '../source-engine.ts';
import { INTEGER_BITS, parseType } from './types.ts';

const NUMBER_TEXT = /^[+-]?(\d{1,35}(\.\d{1,30})?|\.\d{1,30})$/;
const DATE_TEXT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const TIMESTAMP_TEXT = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?$/;
const TEXTS = new Set(['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum']);

/**
 * MySQL compares anything with anything: 'abc' with a number is 0, a date that it can't read is NULL. So a value that
 * isn't plainly of the column's type is refused.
 */
export function findIncomparable(table: QualifiedName, column: ColumnSurvey, value: unknown): Obstacle | undefined {
  const kind = kindOf(column.type);
  const wrong = (what: string) => `${column.name} of ${table} is ${column.type}, ${what}`;
  if (kind === undefined)
    return { wrong: wrong('which is not compared here'), advice: 'Choose the rows by a column of another type' };
  if (isOfKind(kind, column.type, value)) return undefined;
  return { wrong: wrong('and this is no value of it'), advice: `Give a ${kind} that the type holds` };
}

export type Kind = 'whole number' | 'number' | 'date' | 'timestamp' | 'text';

/** What a condition's value must be for a column of this type; undefined: there are no conditions on it. */
export function kindOf(type: string): Kind | undefined {
  const { name } = parseType(type);
  if (name in INTEGER_BITS || name === 'year') return 'whole number';
  if (name === 'decimal') return 'number';
  if (name === 'date') return 'date';
  if (name === 'datetime' || name === 'timestamp') return 'timestamp';
  return TEXTS.has(name) ? 'text' : undefined;
}

function isOfKind(kind: Kind, type: string, value: unknown): boolean {
  if (typeof value === 'boolean') return type.startsWith('tinyint(1)');
  const text = String(value);
  switch (kind) {
    case 'whole number':
      return /^[+-]?\d+$/.test(text) && isWithin(type, BigInt(text));
    case 'number':
      return NUMBER_TEXT.test(text);
    case 'date':
      return DATE_TEXT.test(text);
    case 'timestamp':
      return TIMESTAMP_TEXT.test(text);
    case 'text':
      return true;
  }
}

function isWithin(type: string, value: bigint): boolean {
  const { name, unsigned } = parseType(type);
  // The type year: 16 bits hold it, as in casts.ts.
  const bits = BigInt(INTEGER_BITS[name] ?? 16);
  return unsigned ? value >= 0n && value < 2n ** bits : value >= -(2n ** (bits - 1n)) && value < 2n ** (bits - 1n);
}
