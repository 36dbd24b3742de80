import type { TablePlan } from '../../model.ts';

/** What is lost with a chunk is copied again in seconds: little beside a Lambda's time. */
const CHUNK_BYTES = 128 * 1024 * 1024;
/** A worker's first chunk is small, so that an invocation of any length gets on. */
const FIRST_CHUNK_BYTES = 8 * 1024 * 1024;
const GROWTH = 4;
const SHORTEST_ROW_BYTES = 16;

/** Rows in the next chunk, after `chunks` chunks of the same worker. */
export function chunkRows(table: TablePlan, chunks: number, atMost: number | undefined): number {
  const bytes = Math.min(CHUNK_BYTES, FIRST_CHUNK_BYTES * GROWTH ** chunks);
  const rowBytes = Math.max(SHORTEST_ROW_BYTES, table.estimatedBytes / Math.max(1, table.estimatedRows));
  return Math.min(atMost ?? Number.MAX_SAFE_INTEGER, Math.max(1, Math.floor(bytes / rowBytes)));
}
