import type { Estimate, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { PRICES_USD } from '../prices.ts';

type Size = Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>;
type Limits = LoadRequest['limits'];

/** One shard feeds about so much where source, broker and feed share a machine of two cores (npm run bench:kafka). */
const ROWS_PER_SECOND = 150_000;
const BYTES_PER_SECOND = 30_000_000;
/** Reading the topics back takes about as long as writing them. */
const PASSES = 2;
const ORCHESTRATION_SECONDS = 60;
/** The function that feeds has 1,769 MB, one whole CPU (config/functions-data-plane.yml). */
const ADVANCE_GIGABYTES = 1769 / 1024;
const TRANSITIONS_A_LOAD = 60;

/** Seconds that one shard needs to feed these tables, by the limit of the request where that is slower. */
export function feedSeconds(
  tables: Size[],
  { maxRecordsPerSecond = Infinity, maxBytesPerSecond = Infinity }: Pick<Limits, `max${'Records' | 'Bytes'}PerSecond`>,
): number {
  const rows = tables.reduce((sum, table) => sum + table.estimatedRows, 0);
  const bytes = tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  return Math.max(
    rows / Math.min(ROWS_PER_SECOND, maxRecordsPerSecond),
    bytes / Math.min(BYTES_PER_SECOND, maxBytesPerSecond),
  );
}

/** Until the consumer is told; how long it takes to read is its own affair. */
export function estimateLoad(tables: Size[], limits: Limits, invocationSeconds: number): Estimate {
  const feeding = feedSeconds(tables, limits);
  const seconds = feeding * PASSES;
  const costUsd =
    (seconds * ADVANCE_GIGABYTES + ORCHESTRATION_SECONDS) * PRICES_USD.lambdaGigabyteSecond +
    (TRANSITIONS_A_LOAD + seconds / invocationSeconds) * PRICES_USD.stateTransition;
  return { seconds: Math.ceil(ORCHESTRATION_SECONDS + seconds), costUsd: Math.ceil(costUsd * 10_000) / 10_000 };
}
