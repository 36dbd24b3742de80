import { isOfExtension } from '../databases/postgres/casts.ts';
import { RequestError } from '../errors.ts';
import type { TableSurvey } from '../model.ts';
import type { Condition } from '../request/schema.ts';
import { showPath } from '../request/show.ts';

const INTEGER_LIMITS: Record<string, bigint> = { smallint: 2n ** 15n, integer: 2n ** 31n, bigint: 2n ** 63n };
const NUMBER = /^(numeric(\(.*\))?|real|double precision)$/;
const NUMBER_TEXT = /^\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity)\s*$/i;
const BOOLEAN_TEXT = /^(t|true|y|yes|on|1|f|false|n|no|off|0)$/i;

/**
 * Checks the values of conditions against the types of their columns, as far as that can be told without asking a
 * database: better now than in the middle of the load.
 * @param index of the table in source.tables
 * @throws RequestError
 */
export function assertComparable(where: Condition[], table: TableSurvey, index: number): void {
  for (const [at, condition] of where.entries()) {
    const { column, ...comparison } = condition;
    const found = table.columns.find(({ name }) => name === column);
    const value: unknown = Object.values(comparison)[0];
    if (found === undefined || value === null) continue;
    const { type, structure, fingerprint } = found;
    if (isOfExtension(structure ?? fingerprint)) {
      // Its operators are not found without its schema: two citext would silently be compared like text.
      throw new RequestError({
        field: showPath(['source', 'tables', index, 'where', at]),
        value,
        wrong: `${column} of ${table.name} is ${type}, which only its extension can compare`,
        advice: 'Choose the rows by a column of another type',
      });
    }
    if (isComparable(type, value)) continue;
    throw new RequestError({
      field: showPath(['source', 'tables', index, 'where', at]),
      value,
      wrong: `it cannot be compared with ${column} of ${table.name}, which is ${type}`,
      advice: `Give a value of type ${type}`,
    });
  }
}

function isComparable(type: string, value: unknown): boolean {
  if (type === 'boolean') return typeof value === 'boolean' || (typeof value === 'string' && BOOLEAN_TEXT.test(value));
  if (typeof value === 'boolean') return false;
  const text = String(value);
  const limit = INTEGER_LIMITS[type];
  if (limit !== undefined) return /^\s*[+-]?\d+\s*$/.test(text) && BigInt(text) >= -limit && BigInt(text) < limit;
  return !NUMBER.test(type) || NUMBER_TEXT.test(text);
}
