import type { Cluster } from '../../kafka/cluster.ts';
import { encodeHeaders, type EncodedHeaders, type FeedRecord } from '../../kafka/record-batch.ts';
import { headerOf } from '../../kafka/replication-topic.ts';
import { RecordChecksum } from '../../kafka/record-checksum.ts';
import { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { Load } from '../../services.ts';
import { assertOpen } from '../assert-open.ts';
import { committedAs, type Checkpoint, type CheckpointPlace } from './checkpoint.ts';
import { transactionalId } from './names.ts';
import type { OpenTopic } from './open-topics.ts';
import { Outbox } from './outbox.ts';
import { Pacer } from './pacer.ts';

/** With a limit on what goes a second, a chunk takes no longer than this, so that its transaction doesn't run out. */
const CHUNK_SECONDS = 20;
/** What is lost with a chunk is fed again in seconds. Between two of them the source has nothing to do: fewer are faster. */
const CHUNK_ROWS = 100_000;
/**
 * After which the brokers abort what a dead invocation left open, if nobody takes over before. The longest that they allow
 * unless told otherwise (transaction.max.timeout.ms), since a table without a key is one transaction.
 */
const TRANSACTION_TIMEOUT_MILLISECONDS = 900_000;

/** What one invocation of one shard feeds topics with. */
export interface Feed {
  load: Load;
  cluster: Cluster;
  /** What a chunk holds at most. */
  chunkRows: number;
  chunkBytes: number;
  producer: TransactionalProducer;
  pacer: Pacer;
  headers: EncodedHeaders;
}

/**
 * Takes over the shard: whatever an earlier invocation of it asks the brokers from now on is refused.
 * @throws LoadClosedError, SupersededError
 */
export async function openFeed(
  load: Load,
  cluster: Cluster,
  shard: string,
  timeoutMilliseconds = TRANSACTION_TIMEOUT_MILLISECONDS,
): Promise<Feed> {
  const id = transactionalId(load, shard);
  const producer = await TransactionalProducer.open(cluster, id, timeoutMilliseconds);
  // Closing a load writes it down before it takes over: who took over after that finds it here.
  await assertOpen(load);
  return { load, cluster, producer, ...paceOf(load), headers: encodeHeaders([headerOf(load.loadId, 'row')]) };
}

/**
 * Feeds one chunk: rows and checkpoint are one transaction of the brokers, there together or not at all.
 * @param reached what the checkpoint says apart from the sums
 * @returns the new checkpoint
 */
export async function feedChunk(
  feed: Feed,
  { topic, mostBytes }: OpenTopic,
  blocks: AsyncIterable<FeedRecord[]>,
  {
    place,
    from,
    reached,
  }: { place: CheckpointPlace; from: Checkpoint; reached(): Pick<Checkpoint, 'position' | 'done'> },
): Promise<Checkpoint> {
  const { producer, headers, pacer, load } = feed;
  await producer.begin(topic);
  const outbox = new Outbox({ producer, topic, headers, mostBytes }, pacer, load.services.now);
  let [rows, bytes] = [from.rows, from.bytes];
  const checksum = load.request.verify === 'checksums' ? new RecordChecksum(from.checksum) : undefined;
  for await (const block of blocks) {
    if (checksum) for (const record of block) checksum.add(record);
    await outbox.add(block);
    rows += block.length;
    for (const { value } of block) bytes += value.length;
  }
  await outbox.flush();
  const sums = { rows, bytes, ...(checksum && { checksum: checksum.toString() }) };
  const checkpoint: Checkpoint = { chunks: from.chunks + 1, ...reached(), ...sums };
  await producer.commit(committedAs(place, checkpoint));
  return checkpoint;
}

/** A shard's share of what the request allows for all of them together. */
function paceOf({ request, plan }: Load): Pick<Feed, 'pacer' | 'chunkRows' | 'chunkBytes'> {
  const { maxRecordsPerSecond = Infinity, maxBytesPerSecond = Infinity } = request.limits;
  const [records, bytes] = [maxRecordsPerSecond / plan.concurrency, maxBytesPerSecond / plan.concurrency];
  const chunkRows = Math.max(1, Math.min(request.kafka?.chunkRows ?? CHUNK_ROWS, Math.floor(records * CHUNK_SECONDS)));
  return { pacer: new Pacer({ records, bytes }), chunkRows, chunkBytes: bytes * CHUNK_SECONDS };
}
