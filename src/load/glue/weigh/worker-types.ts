/** What Glue gives a job for each worker of a type; each has one executor. */
export interface WorkerType {
  dpus: number;
  /** Tasks of Spark that run at once in it. */
  cores: number;
  /** What of its disk is left for rows that Spark shuffles. */
  freeDiskGigabytes: number;
  /** Its DPUs have twice the memory, and cost more. */
  memoryOptimized?: true;
}

/**
 * The types for Spark jobs that don't stream. DPUs and cores are those that the SDK documents for CreateJobRequest.WorkerType
 * (a test compares); the free disk is AWS's guide for Glue, "AWS Glue worker types", and where that gives none, what a
 * worker with the same disk has.
 */
export const WORKER_TYPES: ReadonlyMap<string, WorkerType> = new Map<string, WorkerType>([
  ['G.1X', { dpus: 1, cores: 4, freeDiskGigabytes: 44 }],
  ['G.2X', { dpus: 2, cores: 8, freeDiskGigabytes: 78 }],
  ['G.4X', { dpus: 4, cores: 16, freeDiskGigabytes: 230 }],
  ['G.8X', { dpus: 8, cores: 32, freeDiskGigabytes: 485 }],
  ['G.12X', { dpus: 12, cores: 48, freeDiskGigabytes: 741 }],
  ['G.16X', { dpus: 16, cores: 64, freeDiskGigabytes: 996 }],
  ['R.1X', { dpus: 1, cores: 4, freeDiskGigabytes: 44, memoryOptimized: true }],
  ['R.2X', { dpus: 2, cores: 8, freeDiskGigabytes: 78, memoryOptimized: true }],
  ['R.4X', { dpus: 4, cores: 16, freeDiskGigabytes: 230, memoryOptimized: true }],
  ['R.8X', { dpus: 8, cores: 32, freeDiskGigabytes: 485, memoryOptimized: true }],
]);

/** @throws Error for what fit refuses */
export function workerTypeOf(name: string): WorkerType {
  const type = WORKER_TYPES.get(name);
  if (!type) throw new Error(`No Spark job runs on workers of the type ${name}.`);
  return type;
}
