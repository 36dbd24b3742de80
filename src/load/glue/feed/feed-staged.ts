import { LoadFailedError } from '../../../errors.ts';
import type { QualifiedName, Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../../step.ts';
import type { Checkpoint } from '../../../target/topics/checkpoint.ts';
import { onClusterWhileOpen } from '../../../target/topics/cluster.ts';
import { openFeed, type Feed } from '../../../target/topics/feed.ts';
import { openTopics } from '../../../target/topics/open-topics.ts';
import { ProgressLog, rangesOf } from '../../progress-log.ts';
import { recordFed } from '../../record-fed.ts';
import { feedTable } from './feed-table.ts';
import { stagedRows, type StagedTable } from './staged-rows.ts';

type Fed = { staged: StagedTable; checkpoint: Checkpoint };

/**
 * Feeds what the job has left to the topics, until `until` or until nothing is left. It is safe to call it twice at once: the
 * later invocation takes over, and whatever the earlier one asks of the brokers is refused.
 * @throws LoadFailedError also when other rows were fed than the job's report has; SupersededError, LoadClosedError,
 *   TransientError
 */
export async function feedStaged(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  return onClusterWhileOpen(load, 'Feeding topics', async (cluster) => {
    const feed = await openFeed(load, cluster, shard.id);
    const fed = await feedTables(feed, shard, until);
    if (!fed) return { ...callAgainAtOnce, plane: 'data' };
    for (const each of fed) assertAsReported(each);
    const counts = fed.map(({ staged: { table, rowsRead }, checkpoint }) => ({
      range: { table },
      checkpoint,
      rowsRead,
    }));
    await recordFed(load, shard, counts);
    return done;
  });
}

/** @returns undefined when the time was over before all were done */
async function feedTables(feed: Feed, shard: Shard, until: Date): Promise<Fed[] | undefined> {
  const { load, cluster } = feed;
  const topicOf = await openTopics(load, cluster);
  const progress = new ProgressLog(load, shard);
  const fed: Fed[] = [];
  try {
    for (const staged of await stagedRows(load)) {
      const tell = teller(progress, load, shard, staged.table);
      const checkpoint = await feedTable(feed, { staged, topic: topicOf(staged.table), until }, tell);
      if (!checkpoint.done) return undefined;
      fed.push({ staged, checkpoint });
    }
    return fed;
  } finally {
    await progress.flush();
  }
}

/** The rows of a table are told as those of its first range. */
function teller(progress: ProgressLog, load: Load, shard: Shard, table: QualifiedName) {
  const [first, ...others] = rangesOf(load, shard).filter((range) => range.table === table);
  return (checkpoint: Checkpoint): void => {
    for (const { id } of others) progress.set(id, { rows: 0, bytes: 0, done: checkpoint.done });
    if (first) progress.set(first.id, checkpoint);
  };
}

/** Rows that are there twice, or not at all, would be seen by nobody else where only the job can count. */
function assertAsReported({ staged: { table, rowsWritten }, checkpoint: { rows } }: Fed): void {
  if (rows === rowsWritten) return;
  throw new LoadFailedError(`${table}: the job reports ${rowsWritten} rows written, and its files hold ${rows}.`);
}
