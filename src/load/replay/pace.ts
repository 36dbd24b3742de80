import type { TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';

/** Unless the request says otherwise: everybody who follows the topic gets these beside its own traffic. */
const USUAL_RECORDS_PER_SECOND = 1_000;
/** Short transactions: while one is open, nobody who reads what is committed gets past it. */
const CHUNK_ROWS = 1_000;
const CHUNK_BYTES = 4 * 1024 * 1024;
/** A row as JSON, with its key, takes about so many times what the table takes on disk. */
const JSON_FACTOR = 2;

/** What may go out, of everything in the load together. */
export function paceOf({ limits }: Pick<LoadRequest, 'limits'>): { records: number; bytes: number } {
  const { maxRecordsPerSecond = USUAL_RECORDS_PER_SECOND, maxBytesPerSecond = Infinity } = limits;
  return { records: maxRecordsPerSecond, bytes: maxBytesPerSecond };
}

/** Rows of one transaction: no more than go out in a second. */
export function chunkRowsOf(
  { limits, kafka }: Pick<LoadRequest, 'limits' | 'kafka'>,
  { estimatedBytes, estimatedRows }: TablePlan,
): number {
  const { records, bytes } = paceOf({ limits });
  const bytesARow = Math.max(1, (JSON_FACTOR * estimatedBytes) / Math.max(1, estimatedRows));
  const most = Math.min(kafka?.chunkRows ?? CHUNK_ROWS, records, Math.min(CHUNK_BYTES, bytes) / bytesARow);
  return Math.max(1, Math.floor(most));
}
