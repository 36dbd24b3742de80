import type { Estimate, TablePlan } from '../../../model.ts';
import { PRICES_USD } from '../../prices.ts';
import { loadedAtOnce } from '../settings/segments.ts';
import type { Sizing, SizingInput } from './sizing.ts';

/** What one reader of DMS moves, as far as others report it; AWS promises nothing. */
const READER_BYTES_PER_SECOND = 10_000_000;
const READER_ROWS_PER_SECOND = 20_000;
/** Of one task, whatever its readers. */
const TASK_BYTES_PER_SECOND = 60_000_000;
/** Counting on both sides reads what was loaded, from a cold disk. */
const COUNTED_BYTES_PER_SECOND = 200_000_000;

/** Until an instance is available, endpoints are tested and a task is made. */
const INSTANCE_READY_SECONDS = 15 * 60;
/** Endpoints are tested and a task is made on an instance that is there. */
const TASK_READY_SECONDS = 5 * 60;
/** From the start of a serverless replication to its running: 40 to 60 minutes have been seen. */
const SERVERLESS_READY_SECONDS = 50 * 60;
/** A task and an instance are deleted in turn, and paid for until they are gone. */
const TEAR_DOWN_SECONDS = 15 * 60;
const ASSESSMENT_SECONDS = 10 * 60;
const SECONDS_AN_HOUR = 3_600;
const HOURS_A_MONTH = 730;

/** The whole load: until the result is there, and at list prices; what is torn down after it is paid for too. */
export function estimateLoad(input: SizingInput, sizing: Sizing): Estimate {
  const { request, tables } = input;
  const bytes = tables.reduce((sum, { estimatedBytes }) => sum + estimatedBytes, 0);
  const loading = loadSeconds(tables, bytes, loadedAtOnce(request.limits.maxSourceConnections));
  const counting = (2 * bytes) / COUNTED_BYTES_PER_SECOND;
  const assessing = request.dms?.assessment ? ASSESSMENT_SECONDS : 0;
  // DMS's own validation reads both sides as well.
  const validating = request.dms?.validation ? loading : 0;
  const seconds = readySeconds(sizing) + assessing + loading + validating + counting;
  return {
    seconds: Math.ceil(seconds),
    costUsd: Math.ceil(costOf(sizing, seconds + TEAR_DOWN_SECONDS) * 100) / 100,
  };
}

/** @param readers how many tables, or segments of tables, are read at once */
function loadSeconds(tables: TablePlan[], bytes: number, readers: number): number {
  const alone = tables.reduce(
    (sum, table) =>
      sum + Math.max(table.estimatedBytes / READER_BYTES_PER_SECOND, table.estimatedRows / READER_ROWS_PER_SECOND),
    0,
  );
  return Math.max(alone / readers, bytes / TASK_BYTES_PER_SECOND);
}

function readySeconds({ mode }: Sizing): number {
  switch (mode) {
    case 'temporary-instance':
      return INSTANCE_READY_SECONDS;
    case 'given-instance':
      return TASK_READY_SECONDS;
    case 'serverless':
      return SERVERLESS_READY_SECONDS;
  }
}

/** A given instance is paid for anyway. Serverless is reckoned at its most, from the start until it is deprovisioned. */
function costOf(sizing: Sizing, seconds: number): number {
  const hours = seconds / SECONDS_AN_HOUR;
  switch (sizing.mode) {
    case 'temporary-instance':
      return (
        hours * hourlyPrice(sizing.instanceClass) +
        (hours / HOURS_A_MONTH) * sizing.storageGigabytes * PRICES_USD.dmsStorageGigabyteMonth
      );
    case 'given-instance':
      return 0;
    case 'serverless':
      return hours * sizing.maxCapacityUnits * PRICES_USD.dmsCapacityUnitHour;
  }
}

/** Prices double with each size. Of a family that isn't listed, the dearest price is taken. */
function hourlyPrice(instanceClass: string): number {
  const [, family = '', size = ''] = instanceClass.split('.');
  const large = PRICES_USD.dmsLargeInstanceHour;
  const price = large[family as keyof typeof large] ?? Math.max(...Object.values(large));
  return price * sizeFactor(size);
}

function sizeFactor(size: string): number {
  const factor = { micro: 1 / 8, small: 1 / 4, medium: 1 / 2, large: 1, xlarge: 2 }[size];
  return factor ?? 2 * Number(/^(\d+)xlarge$/.exec(size)?.[1] ?? 1);
}
