import { reconnect, type Client } from '../../databases/postgres/connection.ts';
import { databaseMessage, isTransient } from '../../databases/postgres/errors.ts';
import { sessionName } from '../../databases/postgres/sessions.ts';
import { LoadFailedError, TransientError } from '../../errors.ts';
import type { Cluster } from '../../kafka/cluster.ts';
import { encodeHeaders } from '../../kafka/record-batch.ts';
import { headerOf } from '../../kafka/replication-topic.ts';
import { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../step.ts';
import { assertOpen } from '../open-load.ts';
import { ProgressLog, rangesOf } from '../progress-log.ts';
import { onCluster } from '../../target/topics/cluster.ts';
import { feedChunk, type Feed } from './feed/chunk.ts';
import { readCheckpoint } from './feed/checkpoint.ts';
import { Pacer } from './feed/pacer.ts';
import { openTables } from './feed/tables.ts';
import { transactionalId } from '../../target/topics/names.ts';
import { recordSuccess } from './record-success.ts';

/** What is lost with a chunk is fed again in seconds. */
const CHUNK_ROWS = 50_000;
/** With a limit on records a second, a chunk takes no longer than this, so that its transaction doesn't run out. */
const CHUNK_SECONDS = 20;
/**
 * After which the brokers abort what a dead invocation left open, if nobody takes over before. The longest that they allow
 * unless told otherwise (transaction.max.timeout.ms), since a table without a key is one transaction.
 */
const TRANSACTION_TIMEOUT_MILLISECONDS = 900_000;

/**
 * Feeds the shard's key ranges from their checkpoints until `until`, or until nothing is left. It is safe to call it
 * twice at once: the later invocation takes over the transactional id, and whatever the earlier one asks is refused.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  return onCluster(load, 'Feeding topics', async (cluster) => {
    const id = transactionalId(load, shard.id);
    const producer = await TransactionalProducer.open(cluster, id, TRANSACTION_TIMEOUT_MILLISECONDS);
    // Closing a load writes it down before it takes over: who took over after that finds it here.
    await assertOpen(load, load.services);
    return withSource(load, shard, (source) => feedRanges(load, shard, until, { cluster, producer, source }));
  });
}

async function feedRanges(
  load: Load,
  shard: Shard,
  until: Date,
  opened: { cluster: Cluster; producer: TransactionalProducer; source: Client },
): Promise<StepAnswer> {
  const tables = await openTables(load, opened.cluster);
  const feed: Feed = { load, ...opened, ...paceOf(load), headers: encodeHeaders([headerOf(load.loadId, 'row')]) };
  const progress = new ProgressLog(load, shard);
  const checkpoints = [];
  for (const range of rangesOf(load, shard)) {
    let checkpoint = await readCheckpoint(opened.cluster, load, range);
    progress.set(range.id, checkpoint);
    while (!checkpoint.done) {
      if (load.services.now() >= until) {
        await progress.flush();
        return callAgainAtOnce;
      }
      checkpoint = await feedChunk(feed, tables(range.table), range, checkpoint);
      progress.set(range.id, checkpoint);
    }
    checkpoints.push({ range, checkpoint });
  }
  await progress.flush();
  await recordSuccess(load, shard, checkpoints);
  return done;
}

/** A shard's share of what the request allows for all of them together. */
function paceOf({ request, plan }: Load): Pick<Feed, 'pacer' | 'chunkRows'> {
  const { maxRecordsPerSecond = Infinity, maxBytesPerSecond = Infinity } = request.limits;
  const records = maxRecordsPerSecond / plan.concurrency;
  const chunkRows = Math.max(1, Math.min(request.kafka?.chunkRows ?? CHUNK_ROWS, Math.floor(records * CHUNK_SECONDS)));
  return { pacer: new Pacer({ records, bytes: maxBytesPerSecond / plan.concurrency }), chunkRows };
}

/** One snapshot for all that this invocation reads. */
async function withSource<T>(load: Load, shard: Shard, work: (source: Client) => Promise<T>): Promise<T> {
  const { connection, engine } = load.request.source;
  const field = 'source.connection';
  const address = await load.services.resolveConnection(connection, field, engine);
  const source = await reconnect(address, { applicationName: sessionName(load.loadId, shard.id), field });
  try {
    await source.query('begin isolation level repeatable read read only');
    return await work(source);
  } catch (error) {
    if (!(error instanceof Error && 'severity' in error)) throw error;
    const message = databaseMessage(error);
    throw isTransient(error)
      ? new TransientError(message, { cause: error })
      : new LoadFailedError(message, { cause: error });
  } finally {
    await source.end().catch(() => undefined);
  }
}
