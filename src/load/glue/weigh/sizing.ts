import type { KeyRange, QualifiedName, TablePlan } from '../../../model.ts';
import type { LoadRequest } from '../../../request/schema.ts';
import { LONGEST_GLUE_TIMEOUT_MINUTES } from '../../../request/strategy-settings.ts';
import { workerTypeOf } from './worker-types.ts';

/** What a job runs on: one worker drives, the others read and write. */
export interface Sizing {
  workerType: string;
  workers: number;
  /** How many connections read from the source at once, at most. */
  connections: number;
}

export interface SizingInput {
  request: Pick<LoadRequest, 'glue' | 'limits' | 'transform'>;
  tables: TablePlan[];
  ranges: KeyRange[];
}

const GIGABYTE = 1_000_000_000;
/** Every region has these two. */
const USUAL_TYPE = 'G.1X';
const LARGER_TYPE = 'G.2X';
/** A worker of the usual type has four cores; a larger one gets no more connections, so that each has twice the memory. */
const CONNECTIONS_A_WORKER = 4;
/** The driver fetches a thousand rows or more at a time, for each connection, and the worker holds them in memory. */
const WIDE_ROW_BYTES = 256 * 1024;
/** Shuffled, a table is on the workers' disks; beyond this its parts outgrow a small worker's memory as well. */
const LARGE_SHUFFLE_BYTES = 400 * GIGABYTE;
/** As text, sorted, and with the copy that is written while another is read. */
const SHUFFLED_A_BYTE = 2;
/** Far below an account's quota; more seldom makes a database faster. */
const MOST_WORKERS = 100;
const LEAST_WORKERS = 2;

/** Pure, so that the plan's reasons, its estimate and what is made say the same. */
export function sizeJob({ request, tables, ranges }: SizingInput): Sizing {
  const { glue = {}, limits } = request;
  const connections = Math.max(1, ...tables.map(({ source }) => connectionsOf(source, ranges, limits)));
  const shuffled = largestShuffle(request, tables);
  const isLarge = shuffled > LARGE_SHUFFLE_BYTES || tables.some((table) => rowBytes(table) >= WIDE_ROW_BYTES);
  const workerType = glue.workerType ?? (isLarge ? LARGER_TYPE : USUAL_TYPE);
  const { cores, freeDiskGigabytes } = workerTypeOf(workerType);
  const forConnections = connections / (glue.workerType === undefined ? CONNECTIONS_A_WORKER : cores);
  const forShuffles = (shuffled * SHUFFLED_A_BYTE) / (freeDiskGigabytes * GIGABYTE);
  const executors = Math.ceil(Math.max(forConnections, forShuffles));
  const workers = Math.max(LEAST_WORKERS, Math.min(MOST_WORKERS, 1 + executors));
  return { workerType, workers: glue.numberOfWorkers ?? workers, connections };
}

/** How many connections read a table at once: each some of its ranges. Tables are loaded one after the other. */
export function connectionsOf(
  table: QualifiedName,
  ranges: KeyRange[],
  { maxSourceConnections }: Pick<LoadRequest['limits'], 'maxSourceConnections'>,
): number {
  return Math.min(maxSourceConnections, ranges.filter((range) => range.table === table).length);
}

/** Minutes that a run may take: until the load's deadline, unless the request gives it less. */
export function timeoutMinutes(
  { glue = {} }: Pick<LoadRequest, 'glue'>,
  { now, deadlineAt }: { now: Date; deadlineAt: Date },
): number {
  const left = Math.ceil((deadlineAt.getTime() - now.getTime()) / 60_000);
  return Math.max(1, Math.min(glue.timeoutMinutes ?? Infinity, left, LONGEST_GLUE_TIMEOUT_MINUTES));
}

/** Bytes of the biggest table of which Spark must have all rows together: a script may ask for that of any. */
function largestShuffle({ transform = {} }: SizingInput['request'], tables: TablePlan[]): number {
  const shuffles = tables.filter(({ source }) => {
    const steps = transform[source];
    return transform.script !== undefined || (typeof steps === 'object' && steps.deduplicate !== undefined);
  });
  return Math.max(0, ...shuffles.map(({ estimatedBytes }) => estimatedBytes));
}

function rowBytes({ estimatedBytes, estimatedRows }: TablePlan): number {
  return estimatedRows === 0 ? 0 : estimatedBytes / estimatedRows;
}
