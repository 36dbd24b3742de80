import type { Client } from '../../databases/postgres/connection.ts';
import type { KeyRange, Shard } from '../../model.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../step.ts';
import { bookkeepingOf, type Bookkeeping } from '../../target/bookkeeping.ts';
import type { Load } from '../../services.ts';
import { explainFailure } from './failure.ts';
import { takeFence } from './fence.ts';
import { addressesOf, hangUp, reconnect, shardSessions, type Invocation } from './invocation.ts';
import { ProgressLog, rangesOf } from './progress.ts';
import { recordSuccess } from './record.ts';
import { rereadRemoved } from './reread.ts';
import { SharedSnapshot } from './snapshot.ts';
import { Worker } from './worker.ts';

const timeIsOver = Symbol('the invocation has no time left');

/**
 * Copies the shard's key ranges from their checkpoints until `until`, or until nothing is left. It is safe to call it
 * twice at once: the later invocation takes the fence, and the earlier one's next chunk fails.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError (with the database's own message)
 */
export async function advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  const bookkeeping = bookkeepingOf(load);
  const { source, target } = await addressesOf(load);
  const keeper = await reconnect(target, load.loadId, `${shard.id} keeper`);
  let token: string | undefined;
  try {
    token = await takeFence(keeper, bookkeeping, shard.id, shardSessions(load.loadId, shard.id));
    const ranges = await rangesLeft(keeper, bookkeeping, load, shard);
    const invocation: Invocation = {
      load,
      shard,
      bookkeeping,
      source,
      target,
      until,
      fence: { shard: shard.id, token },
      snapshot: new SharedSnapshot(),
      progress: ranges.progress,
      stop: new AbortController(),
      resumed: ranges.touched,
    };
    if (!(await copyRanges(invocation, ranges.left)) || !(await rereadRemoved(invocation))) return callAgainAtOnce;
    await recordSuccess(keeper, invocation);
    return done;
  } catch (error) {
    throw await explainFailure(error, { load, shard: shard.id, token, bookkeeping });
  } finally {
    await hangUp(keeper);
  }
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
    await Promise.all(pool.map((worker) => worker.open()));
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

/** The shard's key ranges that are not done, and what the bookkeeping says of all of them. */
async function rangesLeft(
  keeper: Client,
  bookkeeping: Bookkeeping,
  load: Load,
  shard: Shard,
): Promise<{ left: KeyRange[]; touched: boolean; progress: ProgressLog }> {
  const { rows } = await keeper.query(
    `select range, done, position is not null as begun, rows_written::float8 as rows, bytes::float8 as bytes
       from ${bookkeeping.ranges} where range = any($1)`,
    [shard.ranges],
  );
  const progress = new ProgressLog(load, shard);
  for (const row of rows) progress.set(row.range, { rows: row.rows, bytes: row.bytes, done: row.done });
  const finished = new Set(rows.filter((row) => row.done).map((row) => Number(row.range)));
  return {
    left: rangesOf(load, shard).filter((range) => !finished.has(range.id)),
    touched: rows.some((row) => row.done || row.begun),
    progress,
  };
}
