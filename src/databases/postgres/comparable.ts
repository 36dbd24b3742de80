import type { ColumnSurvey, QualifiedName } from '../../model.ts';
import type { Obstacle } from '../source-engine.ts';
import { isOfExtension } from './casts.ts';

const INTEGER_LIMITS: Record<string, bigint> = { smallint: 2n ** 15n, integer: 2n ** 31n, bigint: 2n ** 63n };
const NUMBER = /^(numeric(\(.*\))?|real|double precision)$/;
const NUMBER_TEXT = /^\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity)\s*$/i;
const BOOLEAN_TEXT = /^(t|true|y|yes|on|1|f|false|n|no|off|0)$/i;

export function findIncomparable(table: QualifiedName, column: ColumnSurvey, value: unknown): Obstacle | undefined {
  const { name, type, structure, fingerprint } = column;
  if (isOfExtension(structure ?? fingerprint)) {
    // Its operators are not found without its schema: two citext would silently be compared like text.
    return {
      wrong: `${name} of ${table} is ${type}, which only its extension can compare`,
      advice: 'Choose the rows by a column of another type',
    };
  }
  if (isComparable(type, value)) return undefined;
  return {
    wrong: `it cannot be compared with ${name} of ${table}, which is ${type}`,
    advice: `Give a value of type ${type}`,
  };
}

function isComparable(type: string, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean' || (typeof value === 'string' && BOOLEAN_TEXT.test(value));
  if (typeof value === 'boolean') return false;
  const text = String(value);
  const limit = INTEGER_LIMITS[type];
  if (limit !== undefined) return /^\s*[+-]?\d+\s*$/.test(text) && BigInt(text) >= -limit && BigInt(text) < limit;
  return !NUMBER.test(type) || NUMBER_TEXT.test(text);
}
