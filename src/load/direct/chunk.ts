import type { Client } from '../../databases/postgres/connection.ts';
import { chunkCondition, findChunkEnd } from '../../databases/postgres/chunks.ts';
import type { Bounds } from '../../databases/source-engine.ts';
import { pipeRows } from '../../databases/postgres/copy.ts';
import type { Key, KeyRange } from '../../model.ts';
import { lockRange, type Checkpoint } from './fence.ts';
import type { Invocation } from './invocation.ts';
import { replaceConflicting, stageRows, upsertStaged } from './stage.ts';
import type { LoadTable } from './table.ts';

/** How a chunk is written: straight by COPY; over rows with the same key; or by the conflict rule. */
type WriteMode = 'copy' | 'upsert' | 'replace-conflicting';

export interface Chunk {
  /** At most, as far as estimates go. */
  rows: number;
  /** The invocation's first. */
  first: boolean;
  mode: WriteMode;
}

export interface ChunkResult {
  rows: number;
  bytes: number;
  /** The key range has no rows left. */
  done: boolean;
}

/**
 * Copies the next chunk of a key range: fence, rows and checkpoint in one transaction of the target. The source client
 * must be in a transaction of one snapshot already. After an error both clients are fit only to be closed.
 */
export async function copyChunk(
  invocation: Invocation,
  clients: { source: Client; target: Client },
  table: LoadTable,
  range: KeyRange,
  chunk: Chunk,
): Promise<ChunkResult> {
  const { source, target } = clients;
  await target.query('begin');
  const checkpoint = await lockRange(target, invocation.bookkeeping, invocation.fence, range.id);
  if (checkpoint.done) {
    await target.query('rollback');
    return { rows: 0, bytes: 0, done: true };
  }
  const bounds = boundsLeft(range, checkpoint);
  const end = table.read.key
    ? await findEnd(source, table, bounds, chunk, range.estimatedRows - checkpoint.rowsRead)
    : undefined;
  const select = `select ${table.select} from ${table.from}${chunkCondition(table.read, end ? { ...bounds, to: end } : bounds)}`;
  const copied = await write(invocation, clients, table, select, chunk.mode);
  await target.query(
    `update ${invocation.bookkeeping.ranges}
        set position = $2, done = $3, rows_read = rows_read + $4, rows_written = rows_written + $5,
            rows_removed = rows_removed + $6, bytes = bytes + $7, chunks = chunks + 1
      where range = $1`,
    [
      range.id,
      end === undefined ? null : JSON.stringify(end),
      end === undefined,
      copied.read,
      copied.written,
      copied.removed,
      copied.bytes,
    ],
  );
  await target.query('commit');
  return { rows: copied.written, bytes: copied.bytes, done: end === undefined };
}

/**
 * Where the next chunk ends; undefined when it takes all that is left of the key range. Looking for the end keeps the target
 * idle, so it is left out when by the estimate the rest fits into the chunk. An estimate that has been passed is not
 * trusted any more, and neither is any before the first chunk of an invocation: so each invocation gets on, however wrong.
 */
async function findEnd(
  source: Client,
  table: LoadTable,
  bounds: Bounds,
  chunk: Chunk,
  rowsLeft: number,
): Promise<Key | undefined> {
  const fits = !chunk.first && rowsLeft > 0 && rowsLeft <= chunk.rows;
  return fits ? undefined : findChunkEnd(source, table.read, bounds, chunk.rows);
}

async function write(
  invocation: Invocation,
  clients: { source: Client; target: Client },
  table: LoadTable,
  select: string,
  mode: WriteMode,
): Promise<{ read: number; written: number; removed: number; bytes: number }> {
  const from = { client: clients.source, select };
  const signal = invocation.stop.signal;
  if (mode === 'copy') {
    const to = { client: clients.target, table: table.target, columns: table.columns };
    const { rowsRead, rowsWritten, bytes } = await pipeRows(from, to, table.plan.format, signal);
    return { read: rowsRead, written: rowsWritten, removed: 0, bytes };
  }
  const { rowsRead, bytes } = await stageRows(from, clients.target, table, signal);
  const { written, removed } =
    mode === 'upsert'
      ? { written: await upsertStaged(clients.target, table), removed: 0 }
      : await replaceConflicting(clients.target, table, invocation.bookkeeping);
  return { read: rowsRead, written, removed, bytes };
}

function boundsLeft(range: KeyRange, checkpoint: Checkpoint): Bounds {
  const from: Key | undefined = checkpoint.position ?? range.from;
  return { ...(from && { from }), ...(range.to && { to: range.to }) };
}
