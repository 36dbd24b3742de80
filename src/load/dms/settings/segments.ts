import type { Key, TablePlan, TableSurvey } from '../../../model.ts';
import { INTEGER_TYPE } from '../weigh/carried-types.ts';

/** How DMS splits one table for several threads: each boundary is the first key of the next segment. */
export interface Segments {
  columns: string[];
  boundaries: Key[];
}

/** A thread of its own is worth it from here. */
const SEGMENT_BYTES = 512 * 1024 * 1024;
/** "You can specify up to 10 columns." */
const MOST_COLUMNS = 10;
/** DMS runs no more at once (MaxFullLoadSubTasks). */
const MOST_AT_ONCE = 49;

/** How many tables, or segments of tables, are read at once. */
export function loadedAtOnce(maxSourceConnections: number): number {
  return Math.min(maxSourceConnections, MOST_AT_ONCE);
}

/**
 * Undefined for a table that is loaded in one piece. Only by keys of whole numbers: DMS understands their text, and no row
 * falls between two boundaries; a key holds no NULL. AWS's user guide for DMS, "Using parallel load for selected tables".
 */
export function segmentsOf(
  table: TablePlan,
  surveyed: TableSurvey | undefined,
  maxSourceConnections: number,
): Segments | undefined {
  const { key, keyTypes, estimatedBytes } = table;
  const wanted = Math.min(loadedAtOnce(maxSourceConnections), Math.floor(estimatedBytes / SEGMENT_BYTES));
  if (!key || key.length > MOST_COLUMNS || !keyTypes?.every((type) => INTEGER_TYPE.test(type)) || wanted < 2)
    return undefined;
  const quantiles = distinct(surveyed?.keyQuantiles ?? []);
  const parts = Math.min(wanted, quantiles.length + 1);
  if (parts < 2) return undefined;
  const boundaries = Array.from({ length: parts - 1 }, (_, part) => {
    const slot = Math.round(((part + 1) * (quantiles.length + 1)) / parts);
    return quantiles[slot - 1]!;
  });
  return { columns: key, boundaries };
}

function distinct(quantiles: Key[]): Key[] {
  return quantiles.filter((key, index) => !quantiles[index - 1]?.every((value, column) => value === key[column]));
}
