import type { Estimate, TablePlan } from '../../../model.ts';
import type { LoadRequest } from '../../../request/schema.ts';
import { FEEDING_PASSES, feedingUsd, feedSeconds } from '../../feeding.ts';
import { PRICES_USD } from '../../prices.ts';
import type { FitInput } from '../../strategy.ts';
import { connectionsOf, type Sizing, type SizingInput } from './sizing.ts';
import { workerTypeOf } from './worker-types.ts';

/** What one connection carries from the source through Spark into a staging table, or into files; not measured on Glue. */
const CONNECTION_BYTES_PER_SECOND = 10_000_000;
const CONNECTION_ROWS_PER_SECOND = 20_000;
/**
 * The target takes rows over from its own staging table, one table after the other: nothing is parsed or sent. Of a server
 * that holds terabytes; not measured there.
 */
const PUBLISHED_BYTES_PER_SECOND = 100_000_000;
/** Counting reads what was loaded, from a cold disk. */
export const COUNTED_BYTES_PER_SECOND = 200_000_000;
/** Until Glue has workers, which is not paid for; in a VPC it attaches them first. */
const WORKERS_READY_SECONDS = 90;
/** Spark begins, and ends. */
const SPARK_SECONDS = 60;
/** Making the job, polling it, and the steps around it. */
const ORCHESTRATION_SECONDS = 120;
/** "Billed per second, with a minimum of one minute." */
const LEAST_BILLED_SECONDS = 60;
const SECONDS_AN_HOUR = 3_600;

export type JobEstimate = Estimate & { dpuHours: number };
type EstimateInput = Pick<SizingInput, 'tables' | 'ranges'> &
  Pick<FitInput, 'invocationSeconds'> & { request: Pick<LoadRequest, 'limits' | 'target'> };

/** The whole load: until the result is there, and at list prices. */
export function estimateLoad(input: EstimateInput, sizing: Sizing): JobEstimate {
  const bytes = input.tables.reduce((sum, table) => sum + table.estimatedBytes, 0);
  const { running, afterwards, feedingUsd: feeding } = phasesOf(input, bytes);
  const { dpus, memoryOptimized } = workerTypeOf(sizing.workerType);
  const dpuHours = (sizing.workers * dpus * Math.max(running, LEAST_BILLED_SECONDS)) / SECONDS_AN_HOUR;
  const price = memoryOptimized ? PRICES_USD.glueMemoryDpuHour : PRICES_USD.glueDpuHour;
  return {
    seconds: Math.ceil(ORCHESTRATION_SECONDS + WORKERS_READY_SECONDS + running + afterwards),
    costUsd: Math.ceil((dpuHours * price + feeding) * 100) / 100,
    dpuHours: Math.ceil(dpuHours * 100) / 100,
  };
}

/** Seconds that the run takes and those that come after it, by where the rows go. */
function phasesOf(input: EstimateInput, bytes: number): { running: number; afterwards: number; feedingUsd: number } {
  const { request, tables, invocationSeconds } = input;
  const moving = SPARK_SECONDS + moveSeconds(input);
  const counting = bytes / COUNTED_BYTES_PER_SECOND;
  if (!request.target) {
    const feeding = feedSeconds(tables, request.limits) * FEEDING_PASSES;
    return { running: moving, afterwards: feeding + counting, feedingUsd: feedingUsd(feeding, invocationSeconds) };
  }
  const publishing = request.target.engine === 's3' ? 0 : bytes / PUBLISHED_BYTES_PER_SECOND;
  return { running: moving + publishing, afterwards: 2 * counting, feedingUsd: 0 };
}

/** Table after table, each over as many connections as it has ranges. */
function moveSeconds({ request, tables, ranges }: EstimateInput): number {
  return tables.reduce(
    (sum, table) => sum + secondsOf(table) / Math.max(1, connectionsOf(table.source, ranges, request.limits)),
    0,
  );
}

function secondsOf({ estimatedBytes, estimatedRows }: TablePlan): number {
  return Math.max(estimatedBytes / CONNECTION_BYTES_PER_SECOND, estimatedRows / CONNECTION_ROWS_PER_SECOND);
}
