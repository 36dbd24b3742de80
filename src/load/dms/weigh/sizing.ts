import type { FitInput } from '../../strategy.ts';
import { lobLimitKilobytes } from './lobs.ts';

/** What DMS runs on. */
export type Sizing =
  | { mode: 'temporary-instance'; instanceClass: string; storageGigabytes: number }
  | { mode: 'given-instance'; instanceArn: string }
  | { mode: 'serverless'; minCapacityUnits: number; maxCapacityUnits: number };

const GIGABYTE = 1_000_000_000;

/**
 * Instance classes by how much they load, with their memory (AWS's user guide for DMS, "Choosing the right replication
 * instance"). AWS gives no figures; rows pass through memory, so it is the width of the stream that asks for more, and r6i
 * stays below the burst credits of t3.
 */
const CLASSES: { upToGigabytes: number; instanceClass: string; memoryGigabytes: number }[] = [
  { upToGigabytes: 20, instanceClass: 'dms.t3.medium', memoryGigabytes: 4 },
  { upToGigabytes: 100, instanceClass: 'dms.t3.large', memoryGigabytes: 8 },
  { upToGigabytes: 500, instanceClass: 'dms.r6i.large', memoryGigabytes: 16 },
  { upToGigabytes: 2_000, instanceClass: 'dms.r6i.xlarge', memoryGigabytes: 32 },
  { upToGigabytes: 8_000, instanceClass: 'dms.r6i.2xlarge', memoryGigabytes: 64 },
  { upToGigabytes: Infinity, instanceClass: 'dms.r6i.4xlarge', memoryGigabytes: 128 },
];
/** Limits of large objects from which DMS's buffers outgrow a small instance. */
const LARGE_LOB_KILOBYTES = 1_024;
const LEAST_MEMORY_WITH_LARGE_LOBS = 16;

/** DMS's own default; its files of 32 MB for each table, its logs, and what memory doesn't hold. */
const LEAST_STORAGE_GIGABYTES = 50;
const STORAGE_SHARE_OF_DATA = 0.05;
/** CreateReplicationInstance, AllocatedStorage. */
const MOST_STORAGE_GIGABYTES = 6_144;

const CAPACITY_UNITS = [1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384];
const GIGABYTES_A_UNIT = 2;
/** Serverless scales up to twice the memory of the instance that would be taken, and fails when that is too little. */
const CAPACITY_HEADROOM = 2;

export type SizingInput = Pick<FitInput, 'request' | 'survey' | 'tables'>;

/** Pure, so that the plan's reasons, its estimate and what is made say the same. */
export function sizeReplication(input: SizingInput): Sizing {
  const { dms = {} } = input.request;
  if (dms.replicationInstanceArn !== undefined) {
    return { mode: 'given-instance', instanceArn: dms.replicationInstanceArn };
  }
  const { instanceClass, memoryGigabytes } = chooseClass(input);
  if (dms.mode === 'serverless') {
    const units = memoryGigabytes / GIGABYTES_A_UNIT;
    return {
      mode: 'serverless',
      minCapacityUnits: capacityOf(units),
      maxCapacityUnits: capacityOf(units * CAPACITY_HEADROOM),
    };
  }
  const storage = LEAST_STORAGE_GIGABYTES + Math.ceil(gigabytesOf(input) * STORAGE_SHARE_OF_DATA);
  return {
    mode: 'temporary-instance',
    instanceClass: dms.replicationInstanceClass ?? instanceClass,
    storageGigabytes: Math.min(storage, MOST_STORAGE_GIGABYTES),
  };
}

function chooseClass(input: SizingInput): (typeof CLASSES)[number] {
  const gigabytes = gigabytesOf(input);
  const memory = hasLargeLobs(input) ? LEAST_MEMORY_WITH_LARGE_LOBS : 0;
  return CLASSES.find((one) => gigabytes <= one.upToGigabytes && memory <= one.memoryGigabytes)!;
}

function hasLargeLobs({ tables, survey }: SizingInput): boolean {
  return tables.some((table) => (lobLimitKilobytes(table, survey) ?? 0) >= LARGE_LOB_KILOBYTES);
}

function gigabytesOf({ tables }: SizingInput): number {
  return tables.reduce((sum, table) => sum + table.estimatedBytes, 0) / GIGABYTE;
}

/** The least of the allowed numbers that is enough. */
function capacityOf(units: number): number {
  return CAPACITY_UNITS.find((allowed) => allowed >= units) ?? CAPACITY_UNITS.at(-1)!;
}
