import type { Key, KeyRange, TablePlan, TableSurvey } from '../model.ts';

/** A range should outweigh what it costs to begin one. */
const SMALLEST_RANGE_BYTES = 32 * 1024 * 1024;
/** A range is counted in one go when the load is verified, within one invocation and from a cold disk. */
const LARGEST_RANGE_BYTES = 4 * 1024 * 1024 * 1024;
/** With this many, a worker that finishes early finds something left to do. */
const RANGES_A_WORKER = 4;

/**
 * Key ranges for every table. Those of one table tile all keys, from −∞ to +∞, in the key's order: each begins where the
 * one before it ends, so a key that the survey didn't see has its range too. A table without a key, or one that is small,
 * is one range.
 *
 * @param workers how many copy at once
 * @returns ranges with ids from 1, table after table
 */
export function cutIntoRanges(tables: TablePlan[], surveyed: TableSurvey[], workers: number): KeyRange[] {
  const quantiles = new Map(surveyed.map((table) => [table.name, table.keyQuantiles]));
  const cut = tables.flatMap((table) => cutTable(table, table.key ? (quantiles.get(table.source) ?? []) : [], workers));
  return cut.map((range, index) => Object.assign(range, { id: index + 1 }));
}

function cutTable(table: TablePlan, quantiles: Key[], workers: number): Omit<KeyRange, 'id'>[] {
  const bounds = distinct(quantiles);
  const slots = bounds.length + 1;
  const parts = countParts(table.estimatedBytes, workers, slots);
  return Array.from({ length: parts }, (_, part) => {
    const [first, next] = [firstSlot(part, parts, slots), firstSlot(part + 1, parts, slots)];
    const [from, to] = [bounds[first - 1], bounds[next - 1]];
    return {
      table: table.source,
      ...(from && { from }),
      ...(to && { to }),
      estimatedRows: Math.round((table.estimatedRows * (next - first)) / slots),
    };
  });
}

function countParts(bytes: number, workers: number, slots: number): number {
  const wanted = Math.max(workers * RANGES_A_WORKER, Math.ceil(bytes / LARGEST_RANGE_BYTES));
  return Math.max(1, Math.min(wanted, Math.floor(bytes / SMALLEST_RANGE_BYTES), slots));
}

/** The slots between quantiles hold about as many rows each, so parts of about as many slots are about as big. */
function firstSlot(part: number, parts: number, slots: number): number {
  return Math.round((part * slots) / parts);
}

function distinct(quantiles: Key[]): Key[] {
  return quantiles.filter((key, index) => !quantiles[index - 1]?.every((value, column) => value === key[column]));
}

/** What a range weighs, in bytes: its share of its table's rows. */
export function estimateRangeBytes(range: KeyRange, tables: TablePlan[]): number {
  const table = tables.find((candidate) => candidate.source === range.table);
  if (!table) throw new Error(`No table of the plan is called ${range.table}.`);
  return table.estimatedRows === 0
    ? table.estimatedBytes
    : (table.estimatedBytes * range.estimatedRows) / table.estimatedRows;
}
