import type { Client } from '../../databases/postgres/connection.ts';
import type { KeyRange, Shard } from '../../model.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../step.ts';
import type { Load } from '../../services.ts';
import { holdShard } from './hold-shard.ts';
import type { Invocation } from './invocation.ts';
import { rangesOf } from '../progress-log.ts';
import { recordSuccess } from '../record-success.ts';
import { rereadRemoved } from './reread.ts';
import { Worker } from './worker.ts';

const timeIsOver = Symbol('the invocation has no time left');

/**
 * Copies the shard's key ranges from their checkpoints until `until`, or until nothing is left. It is safe to call it
 * twice at once: the later invocation takes the fence, and the earlier one's next chunk fails.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError (with the database's own message)
 */
export async function advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  return holdShard(load, shard, until, async (invocation, keeper) => {
    const ranges = await rangesLeft(keeper, invocation);
    if (!(await copyRanges(invocation, ranges)) || !(await rereadRemoved(invocation))) return callAgainAtOnce;
    const { resumed, snapshot } = invocation;
    // Also when nothing was left to copy: the invocation that copied the rest was killed before it could say this.
    await recordSuccess(keeper, load, shard, snapshot.views > 1 || resumed);
    return done;
  });
}

/**
 * Runs the workers on one queue. The first failure stops the others, and so does the end of the time.
 *
 * @returns whether every key range is copied
 */
async function copyRanges(invocation: Invocation, ranges: KeyRange[]): Promise<boolean> {
  const { stop, until, load } = invocation;
  const queue = [...ranges];
  const pool = Array.from(
    { length: Math.min(load.plan.workers, queue.length) },
    (_, index) => new Worker(invocation, index + 1),
  );
  const alarm = setTimeout(() => stop.abort(timeIsOver), Math.max(0, until.getTime() - load.services.now().getTime()));
  try {
    // All have ended before any is closed: a connection that comes after that would stay open, and its process with it.
    const opened = await Promise.allSettled(pool.map((worker) => worker.open()));
    for (const one of opened) if (one.status === 'rejected') throw one.reason;
    const runs = pool.map((worker) =>
      worker.run(queue).catch((error: unknown) => {
        stop.abort(error);
        return false;
      }),
    );
    const emptied = (await Promise.all(runs)).every(Boolean);
    if (stop.signal.aborted && stop.signal.reason !== timeIsOver) throw stop.signal.reason;
    return emptied;
  } finally {
    clearTimeout(alarm);
    await Promise.all(pool.map((worker) => worker.close()));
    await invocation.progress.flush();
  }
}

/** The shard's key ranges that are not done. What the bookkeeping says of all of them is where progress goes on from. */
async function rangesLeft(keeper: Client, { load, shard, bookkeeping, progress }: Invocation): Promise<KeyRange[]> {
  const { rows } = await keeper.query<{ range: number; done: boolean; rows: number; bytes: number }>(
    `select range, done, rows_written::float8 as rows, bytes::float8 as bytes from ${bookkeeping.ranges} where range = any($1)`,
    [shard.ranges],
  );
  for (const { range, ...copied } of rows) progress.set(range, copied);
  const finished = new Set(rows.filter((range) => range.done).map(({ range }) => range));
  return rangesOf(load, shard).filter((range) => !finished.has(range.id));
}
