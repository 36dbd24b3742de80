import { randomUUID } from 'node:crypto';
import type { Client } from '../../databases/postgres/connection.ts';
import type { Key } from '../../model.ts';
import { LoadClosedError, SupersededError } from '../../errors.ts';
import { terminateSessions } from '../../databases/postgres/sessions.ts';
import type { Bookkeeping } from '../../target/bookkeeping.ts';

/** Where a key range stands, read under its lock. */
export interface Checkpoint {
  position?: Key;
  rowsRead: number;
  done: boolean;
}

const LOCK_NOT_AVAILABLE = '55P03';
const UNDEFINED_TABLE = '42P01';
/** How long a takeover waits for the chunk of an earlier invocation before it ends that invocation's session. */
const TAKEOVER_WAIT_MILLISECONDS = 2_000;
const MOST_ROUNDS = 5;

/**
 * Makes this invocation the shard's only writer: from now on every earlier one fails at its next chunk. An earlier one
 * that is stuck inside a chunk holds the row (idle_in_transaction_session_timeout does not fire inside COPY FROM STDIN),
 * so its session is terminated, which needs no more than the same role.
 *
 * @throws LoadClosedError when the load was closed, or torn down altogether
 */
export async function takeFence(
  target: Client,
  bookkeeping: Bookkeeping,
  shard: string,
  applicationName: string,
): Promise<string> {
  const fence = randomUUID();
  for (let round = 1; ; round += 1) {
    try {
      await target.query(`set lock_timeout = ${TAKEOVER_WAIT_MILLISECONDS}`);
      const { rowCount } = await target.query(
        `update ${bookkeeping.shards} set fence = $1 where shard = $2 and not closed`,
        [fence, shard],
      );
      await target.query('set lock_timeout = 0');
      if (rowCount !== 1) throw new LoadClosedError(`Shard ${shard} is closed.`);
      return fence;
    } catch (error) {
      // After some rounds it is not a session of ours that holds the row: that may pass, but not by ending ours.
      if (codeOf(error) !== LOCK_NOT_AVAILABLE || round === MOST_ROUNDS) throw asClosed(error, shard);
      await terminateSessions(target, applicationName);
    }
  }
}

/**
 * The first statement of every chunk's transaction: holds the shard's fence against change, and locks the key range.
 *
 * @throws SupersededError when a later invocation has the fence, LoadClosedError when the load was closed
 */
export async function lockRange(
  target: Client,
  bookkeeping: Bookkeeping,
  fence: { shard: string; token: string },
  range: number,
): Promise<Checkpoint> {
  await holdFence(target, bookkeeping, fence);
  const { rows } = await target.query(
    `select position, rows_read::float8 as "rowsRead", done from ${bookkeeping.ranges} where range = $1 for update`,
    [range],
  );
  const row = rows[0] as { position: Key | null; rowsRead: number; done: boolean } | undefined;
  if (!row) throw new LoadClosedError(`Key range ${range} is not in the bookkeeping any more.`);
  return { ...(row.position && { position: row.position }), rowsRead: row.rowsRead, done: row.done };
}

/** @throws SupersededError, LoadClosedError */
export async function holdFence(
  target: Client,
  bookkeeping: Bookkeeping,
  fence: { shard: string; token: string },
): Promise<void> {
  const { rows } = await target
    .query(`select fence, closed from ${bookkeeping.shards} where shard = $1 for share`, [fence.shard])
    .catch((error: unknown) => {
      throw asClosed(error, fence.shard);
    });
  const row = rows[0] as { fence: string | null; closed: boolean } | undefined;
  if (!row || row.closed) throw new LoadClosedError(`Shard ${fence.shard} is closed.`);
  if (row.fence !== fence.token) throw new SupersededError(`A later invocation took over shard ${fence.shard}.`);
}

/** Bookkeeping that is gone was removed by tear-down. */
function asClosed(error: unknown, shard: string): unknown {
  return codeOf(error) === UNDEFINED_TABLE
    ? new LoadClosedError(`The bookkeeping of shard ${shard} is gone: the load was torn down.`, { cause: error })
    : error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
