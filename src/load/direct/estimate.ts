import type { Estimate, TablePlan } from '../../model.ts';
import { PRICES_USD } from '../prices.ts';

/**
 * One worker copies about this much where both servers share a machine of two cores with it (npm run bench:speed).
 */
const WORKER_BYTES_PER_SECOND = 40_000_000;
/** Of short rows it is their number that takes the time; the same measurement. */
const WORKER_ROWS_PER_SECOND = 400_000;
/** Each further worker adds half of what the first does: they share a source and a target. */
const FURTHER_WORKER_SHARE = 0.5;
/** What one function's network carries (600 Mbit/s: often observed, not promised by AWS). */
const INVOCATION_BYTES_PER_SECOND = 75_000_000;
/** Counting on both sides reads what was copied, from a cold disk. */
const COUNTED_BYTES_PER_SECOND = 200_000_000;
/** Starting about fifteen functions cold, once each. */
const ORCHESTRATION_SECONDS = 30;
/** The function that copies has 1,769 MB, one whole CPU (config/functions-data-plane.yml). */
const ADVANCE_GIGABYTES = 1769 / 1024;
const OTHER_GIGABYTES = 0.5;
const TRANSITIONS_A_LOAD = 40;
const TRANSITIONS_AN_INVOCATION = 4;

/** Seconds that one worker needs to copy a table, or these tables one after the other. */
export function copySeconds(tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[]): number {
  return tables
    .map(({ estimatedBytes, estimatedRows }) =>
      Math.max(estimatedBytes / WORKER_BYTES_PER_SECOND, estimatedRows / WORKER_ROWS_PER_SECOND),
    )
    .reduce((sum, seconds) => sum + seconds, 0);
}

/** Seconds that several workers of one invocation need. */
export function oneInvocationSeconds(tables: TablePlan[], workers: number): number {
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  return Math.max(copySeconds(tables) / speedOf(workers), bytes / INVOCATION_BYTES_PER_SECOND);
}

/**
 * The whole load: until the result is there, and at list prices.
 * @param functions how many copy at once, with `workers` each
 */
export function estimateLoad(
  tables: TablePlan[],
  split: { functions: number; workers: number; shards: number; invocationSeconds: number },
): Estimate {
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  const copying =
    split.functions === 1
      ? oneInvocationSeconds(tables, split.workers)
      : copySeconds(tables) / speedOf(split.functions * split.workers);
  const counting = (2 * bytes) / COUNTED_BYTES_PER_SECOND;
  const invocations = split.shards + Math.ceil((copying * split.functions) / split.invocationSeconds);
  const gigabyteSeconds =
    copying * split.functions * ADVANCE_GIGABYTES + (counting + ORCHESTRATION_SECONDS) * OTHER_GIGABYTES;
  const costUsd =
    gigabyteSeconds * PRICES_USD.lambdaGigabyteSecond +
    invocations * PRICES_USD.lambdaInvocation +
    (TRANSITIONS_A_LOAD + invocations * TRANSITIONS_AN_INVOCATION) * PRICES_USD.stateTransition;
  return {
    seconds: Math.ceil(ORCHESTRATION_SECONDS + copying + counting),
    costUsd: Math.ceil(costUsd * 10_000) / 10_000,
  };
}

function speedOf(workers: number): number {
  return 1 + (workers - 1) * FURTHER_WORKER_SHARE;
}
