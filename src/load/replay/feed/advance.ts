import { sessionName } from '../../../databases/postgres/sessions.ts';
import { adminOn } from '../../../kafka/topics.ts';
import type { KeyRange, Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../../step.ts';
import { readCheckpoint, type Checkpoint } from '../../../target/topics/checkpoint.ts';
import { onClusterWhileOpen } from '../../../target/topics/cluster.ts';
import { openFeed } from '../../../target/topics/feed.ts';
import { Pacer } from '../../../target/topics/pacer.ts';
import { onSource } from '../../on-source.ts';
import { ProgressLog, rangesOf } from '../../progress-log.ts';
import { recordFed } from '../../record-fed.ts';
import { chunkRowsOf, paceOf } from '../pace.ts';
import { replayChunk } from './chunk.ts';
import { openTables, type Replay } from './open-tables.ts';
import { Pauses } from './pauses.ts';

/**
 * After which the brokers abort what a dead invocation left open: until then nobody who reads what is committed gets on in
 * the live topics.
 */
const TRANSACTION_TIMEOUT_MILLISECONDS = 15_000;

/**
 * Replays the key ranges from their checkpoints until `until`, until something must be waited for, or until nothing is left.
 * It is safe to call it twice at once: the later invocation takes over, and whatever the earlier one asks of the brokers is
 * refused.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function advanceByFeed(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  return onClusterWhileOpen(load, 'Replaying into live topics', async (cluster) => {
    const feed = await openFeed(load, cluster, shard.id, TRANSACTION_TIMEOUT_MILLISECONDS);
    const session = { applicationName: sessionName(load.loadId, shard.id), doing: 'Replaying from the source' };
    return onSource(load, session, (source) => replayRanges({ feed, admin: adminOn(cluster), source }, shard, until));
  });
}

async function replayRanges(replay: Replay, shard: Shard, until: Date): Promise<StepAnswer> {
  const { load, cluster } = replay.feed;
  const tableOf = await openTables(replay);
  const progress = new ProgressLog(load, shard);
  const pauses = new Pauses(replay);
  const pacer = new Pacer(paceOf(load.request));
  const fed: { range: KeyRange; checkpoint: Checkpoint }[] = [];
  try {
    for (const range of rangesOf(load, shard)) {
      const table = tableOf(range.table);
      let checkpoint = await readCheckpoint(cluster, table.placeOf(range));
      for (;;) {
        progress.set(range.id, { ...checkpoint, rows: checkpoint.rows + (checkpoint.told ?? 0) });
        if (checkpoint.done) break;
        if (load.services.now() >= until) return callAgainAtOnce;
        const pause = await pauses.before(table);
        if (pause) return pause;
        const { rows, bytes } = checkpoint;
        const chunk = { range, from: checkpoint, mostRows: chunkRowsOf(load.request, table.plan) };
        checkpoint = await replayChunk(replay, table, chunk);
        await pacer.pass(checkpoint.rows - rows, checkpoint.bytes - bytes);
      }
      fed.push({ range, checkpoint });
    }
    await recordFed(load, shard, fed);
    return done;
  } finally {
    await progress.flush();
  }
}
