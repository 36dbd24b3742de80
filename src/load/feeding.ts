import type { Estimate, TablePlan } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import { PRICES_USD } from './prices.ts';

/** One shard feeds about so much where source, broker and feed share a machine of two cores (npm run bench:kafka). */
const ROWS_PER_SECOND = 150_000;
const BYTES_PER_SECOND = 30_000_000;
/** Reading the topics back takes about as long as writing them. */
export const FEEDING_PASSES = 2;
const ORCHESTRATION_SECONDS = 60;
const TRANSITIONS_A_LOAD = 60;
/** The function that feeds has 1,769 MB, one whole CPU (config/functions-data-plane.yml). */
const ADVANCE_GIGABYTES = 1769 / 1024;

/** Seconds that one shard needs to feed these tables, by the limit of the request where that is slower. */
export function feedSeconds(
  tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[],
  {
    maxRecordsPerSecond = Infinity,
    maxBytesPerSecond = Infinity,
  }: Pick<LoadRequest['limits'], 'maxRecordsPerSecond' | 'maxBytesPerSecond'>,
): number {
  const rows = tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  return Math.max(
    rows / Math.min(ROWS_PER_SECOND, maxRecordsPerSecond),
    bytes / Math.min(BYTES_PER_SECOND, maxBytesPerSecond),
  );
}

/** Of a load whose functions feed, and read back, for so long. */
export function estimateFeeding(seconds: number, invocationSeconds: number): Estimate {
  const { lambdaGigabyteSecond, stateTransition } = PRICES_USD;
  const costUsd =
    feedingUsd(seconds, invocationSeconds) +
    ORCHESTRATION_SECONDS * lambdaGigabyteSecond +
    TRANSITIONS_A_LOAD * stateTransition;
  return { seconds: Math.ceil(ORCHESTRATION_SECONDS + seconds), costUsd: Math.ceil(costUsd * 10_000) / 10_000 };
}

/** What the functions cost that feed, or read back, for so long. */
export function feedingUsd(seconds: number, invocationSeconds: number): number {
  const { lambdaGigabyteSecond, stateTransition } = PRICES_USD;
  return seconds * ADVANCE_GIGABYTES * lambdaGigabyteSecond + (seconds / invocationSeconds) * stateTransition;
}
