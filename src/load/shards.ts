import type { KeyRange, Shard, TablePlan } from '../model.ts';
import { estimateRangeBytes } from './key-ranges.ts';

/** The distributed Map starts an execution for each shard: more of them cost more than they gain. */
const MOST_SHARDS = 200;
const SMALLEST_SHARD_BYTES = 32 * 1024 * 1024;
/** With this many, a shard that ends early leaves room for another. */
const SHARDS_A_CONNECTION = 4;

/** All ranges in one shard, the biggest first: what is left for the end is small, so no worker is long alone. */
export function oneShard(ranges: KeyRange[], tables: TablePlan[]): Shard[] {
  return [{ id: 's1', ranges: biggestFirst(ranges, tables).map(({ id }) => id) }];
}

/**
 * Shards of about equal weight: the ranges of a big table come apart, small tables together. Within a shard, tables
 * without a key come first: such a table is copied in one transaction, which needs an invocation's whole time.
 */
export function severalShards(ranges: KeyRange[], tables: TablePlan[], connections: number): Shard[] {
  const weigh = (range: KeyRange) => estimateRangeBytes(range, tables);
  const total = ranges.reduce((sum, range) => sum + weigh(range), 0);
  const wanted = Math.min(MOST_SHARDS - 1, SHARDS_A_CONNECTION * connections);
  const full = Math.max(SMALLEST_SHARD_BYTES, total / wanted);

  const keyed = (range: KeyRange) => tables.some((table) => table.source === range.table && table.key !== undefined);
  const ordered = [...ranges.filter((range) => !keyed(range)), ...biggestFirst(ranges.filter(keyed), tables)];
  const shards: number[][] = [];
  let open: number[] = [];
  let weight = 0;
  for (const range of ordered) {
    open.push(range.id);
    weight += weigh(range);
    if (weight < full) continue;
    shards.push(open);
    [open, weight] = [[], 0];
  }
  if (open.length > 0) shards.push(open);
  return shards.map((ids, index) => ({ id: `s${index + 1}`, ranges: ids }));
}

function biggestFirst(ranges: KeyRange[], tables: TablePlan[]): KeyRange[] {
  return ranges
    .map((range) => ({ range, bytes: estimateRangeBytes(range, tables) }))
    .toSorted((one, other) => other.bytes - one.bytes || one.range.id - other.range.id)
    .map(({ range }) => range);
}
