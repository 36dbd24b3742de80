import type { ColumnSurvey } from '../../../model.ts';
import type { Condition, Engine } from '../../../request/schema.ts';
import { INTEGER_TYPE, isLob } from '../weigh/carried-types.ts';

/** A filter of a selection rule: its conditions are joined by OR, the filters of a rule by AND. */
export interface Filter {
  'filter-type': 'source';
  'column-name': string;
  'filter-conditions': { 'filter-operator': 'eq' | 'noteq' | 'gte' | 'lte' | 'null' | 'notnull'; value?: string }[];
}

const VARCHAR = /^character varying\(\d+\)$/;
const DATE_VALUE = /^\d{4}-\d\d-\d\d$/;
/** Nothing that could mean more than itself wherever DMS puts it. */
const PLAIN_TEXT = /^[A-Za-z0-9_.:@+-]+( [A-Za-z0-9_.:@+-]+)*$/;

/**
 * The filter that picks the same rows as the condition does in the source (`isNot` takes NULL as another value). Only for
 * types that DMS compares as the database does: AWS's user guide for DMS, "Using source filters", excludes LOBs, gives a
 * form for dates, and joins negative operators to no other, so that "another value, or NULL" takes two ranges and a NULL.
 *
 * @returns the filter, or why there is none
 */
export function filterOf(condition: Condition, column: ColumnSurvey, engine: Engine): Filter | { obstacle: string } {
  const conditions = conditionsOf(condition, column, engine);
  if (typeof conditions === 'string') return { obstacle: conditions };
  return { 'filter-type': 'source', 'column-name': column.name, 'filter-conditions': conditions };
}

function conditionsOf(
  condition: Condition,
  column: ColumnSurvey,
  engine: Engine,
): Filter['filter-conditions'] | string {
  if (isLob(column, engine)) return 'it filters by no large object';
  if ('is' in condition && condition.is === null) return [{ 'filter-operator': 'null' }];
  if ('isNot' in condition && condition.isNot === null) return [{ 'filter-operator': 'notnull' }];
  const value = textOf(condition, column, engine);
  if (value === undefined) return `it compares no ${column.type} with such a value as the source does`;
  if ('is' in condition) return [{ 'filter-operator': 'eq', value }];
  const ordered = !VARCHAR.test(column.type);
  if ('isNot' in condition) {
    if (!column.nullable) return [{ 'filter-operator': 'noteq', value }];
    if (INTEGER_TYPE.test(column.type)) return [...otherIntegers(BigInt(value)), { 'filter-operator': 'null' }];
    return `${column.name} may be NULL, and its filters can't ask for another ${column.type} or NULL`;
  }
  if (!ordered) return `it may order ${column.type} in another way than the source does`;
  return [{ 'filter-operator': 'atLeast' in condition ? 'gte' : 'lte', value }];
}

function otherIntegers(value: bigint): Filter['filter-conditions'] {
  return [
    { 'filter-operator': 'lte', value: String(value - 1n) },
    { 'filter-operator': 'gte', value: String(value + 1n) },
  ];
}

/** The value as DMS is to write it; undefined when it might read it otherwise than the source. */
function textOf(condition: Condition, { type }: ColumnSurvey, engine: Engine): string | undefined {
  const { column: _, ...comparison } = condition;
  const value: unknown = Object.values(comparison)[0];
  const text = String(value).trim();
  if (typeof value === 'boolean') return undefined;
  if (INTEGER_TYPE.test(type)) return /^[+-]?\d+$/.test(text) ? String(BigInt(text)) : undefined;
  if (type === 'date') return typeof value === 'string' && DATE_VALUE.test(value) ? value : undefined;
  // MySQL's collations are no concern of the filter, but its padding of what it compares is.
  if (VARCHAR.test(type) && engine === 'postgres') return PLAIN_TEXT.test(String(value)) ? String(value) : undefined;
  return undefined;
}
