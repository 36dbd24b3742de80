import type { TablePlan } from '../../model.ts';

/**
 * Finding where a chunk ends and committing it cost nothing beside copying this much, and losing it costs a few seconds:
 * little beside a Lambda's time.
 */
const CHUNK_BYTES = 128 * 1024 * 1024;
/** The first chunk of a key range shows how fast the line is before much depends on it. */
const FIRST_CHUNK_BYTES = 8 * 1024 * 1024;
const GROWTH = 4;
const SHORTEST_ROW_BYTES = 16;

/** Rows in the next chunk, after `chunks` chunks of the same worker. */
export function chunkRows(table: TablePlan, chunks: number, atMost: number | undefined): number {
  const bytes = Math.min(CHUNK_BYTES, FIRST_CHUNK_BYTES * GROWTH ** chunks);
  const rowBytes = Math.max(SHORTEST_ROW_BYTES, table.estimatedBytes / Math.max(1, table.estimatedRows));
  return Math.min(atMost ?? Number.MAX_SAFE_INTEGER, Math.max(1, Math.floor(bytes / rowBytes)));
}
