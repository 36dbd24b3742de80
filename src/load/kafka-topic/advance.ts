import type { Client } from '../../databases/postgres/connection.ts';
import { sessionName } from '../../databases/postgres/sessions.ts';
import type { KeyRange, QualifiedName, Shard, TablePlan } from '../../model.ts';
import type { Load } from '../../services.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../step.ts';
import { readCheckpoint, type Checkpoint } from '../../target/topics/checkpoint.ts';
import { onClusterWhileOpen } from '../../target/topics/cluster.ts';
import { openFeed, type Feed } from '../../target/topics/feed.ts';
import { openTopics } from '../../target/topics/open-topics.ts';
import { readFromOf, tableFormatOf, type ReadFrom, type TableFormat } from '../../target/topics/table-format.ts';
import { onSource } from '../on-source.ts';
import { ProgressLog, rangesOf } from '../progress-log.ts';
import { recordFed } from '../record-fed.ts';
import { copyChunk, placeOf } from './chunk.ts';

/**
 * Feeds the shard's key ranges from their checkpoints until `until`, or until nothing is left. It is safe to call it
 * twice at once: the later invocation takes over, and whatever the earlier one asks of the brokers is refused.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  return onClusterWhileOpen(load, 'Feeding topics', async (cluster) => {
    const feed = await openFeed(load, cluster, shard.id);
    const session = { applicationName: sessionName(load.loadId, shard.id), doing: 'Feeding from the source' };
    const fed = await onSource(load, session, async (source) => {
      // One snapshot for all that this invocation reads.
      await source.query('begin isolation level repeatable read read only');
      return feedRanges(feed, shard, source, until);
    });
    if (!fed) return callAgainAtOnce;
    await recordFed(load, shard, fed);
    return done;
  });
}

/** @returns how far each range is; undefined when the time was over before all were done */
async function feedRanges(
  feed: Feed,
  shard: Shard,
  source: Client,
  until: Date,
): Promise<{ range: KeyRange; checkpoint: Checkpoint }[] | undefined> {
  const { load, cluster } = feed;
  const topicOf = await openTopics(load, cluster);
  const readFrom = await readFromOf(load);
  const progress = new ProgressLog(load, shard);
  const fed: { range: KeyRange; checkpoint: Checkpoint }[] = [];
  try {
    for (const range of rangesOf(load, shard)) {
      const topic = topicOf(range.table);
      const { table, format } = plannedTable(load, range.table, readFrom);
      let checkpoint = await readCheckpoint(cluster, placeOf(feed, range, topic));
      progress.set(range.id, checkpoint);
      while (!checkpoint.done) {
        if (load.services.now() >= until) return undefined;
        checkpoint = await copyChunk(feed, source, { range, table, topic, format, from: checkpoint });
        progress.set(range.id, checkpoint);
      }
      fed.push({ range, checkpoint });
    }
    return fed;
  } finally {
    await progress.flush();
  }
}

function plannedTable(load: Load, name: QualifiedName, readFrom: ReadFrom): { table: TablePlan; format: TableFormat } {
  const table = load.plan.tables.find(({ source }) => source === name);
  const topic = load.plan.topics?.find((planned) => planned.table === name);
  if (!table || !topic) throw new Error(`The plan of load ${load.loadId} does not know the table ${name}.`);
  return { table, format: tableFormatOf(load, table, topic.format, readFrom) };
}
