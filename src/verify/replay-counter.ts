import { Cluster } from '../kafka/cluster.ts';
import { explainKafka } from '../kafka/errors.ts';
import { encodeHeaders } from '../kafka/record-batch.ts';
import { readCommitted } from '../kafka/read-committed.ts';
import { RecordChecksum } from '../kafka/record-checksum.ts';
import { headerOf } from '../kafka/replication-topic.ts';
import { adminOn, type TopicAdmin } from '../kafka/topics.ts';
import { LoadFailedError } from '../errors.ts';
import type { QualifiedName, ReplayedTopic } from '../model.ts';
import type { Load } from '../services.ts';
import { writeChecksum } from './topic-checksums.ts';
import { positionsDocument, replayedTopicsDocument, shardDocument } from '../store/documents.ts';

/**
 * Reads the live topic of a table back, as its consumers do, from where it ended before the load, and counts the rows of the
 * load in it; with those of which the topic had told by itself they are all that were read. Where they are is written down for
 * the notification. Where the topic has been compacted since, what counts is that each row was seen in it before it was
 * committed.
 * @throws LoadFailedError, TransientError
 */
export async function countReplayed(load: Load, table: QualifiedName): Promise<number> {
  const { loadId, request, services, documents, plan } = load;
  const live = plan.liveTopics?.find((each) => each.table === table);
  if (!live) throw new Error(`The plan of load ${loadId} has no live topic for ${table}.`);
  const begun = (await documents.need(positionsDocument)).topicsBefore?.topics.find((each) => each.table === table);
  const address = await services.resolveBrokers(request.topics?.brokers ?? '', 'topics.brokers');
  const cluster = new Cluster(address, `initial-load ${loadId}`);
  try {
    const topic = await cluster.describeTopic(live.topic);
    if (!topic || !begun) throw new LoadFailedError(`The live topic ${live.topic} is gone: somebody else deleted it.`);
    const admin = adminOn(cluster);
    const ends = await admin.stableOffsetsOf(live.topic);
    const partitions: ReplayedTopic['partitions'] = [];
    const checksum = request.verify === 'checksums' ? new RecordChecksum() : undefined;
    for (const [partition, after] of ends.entries()) {
      const before = begun.partitions[partition]?.next ?? after;
      const batches = readCommitted(cluster, topic, partition, { from: before, to: after });
      partitions.push({ before, after, ...(await countOwn(batches, loadId, checksum)) });
    }
    if (checksum) await writeChecksum(load, table, checksum);
    const others = ((await documents.read(replayedTopicsDocument)) ?? []).filter((other) => other.table !== table);
    const counted = partitions.reduce((sum, { rows }) => sum + rows, 0);
    const { replayed, told } = await rowsOf(load, table);
    const compacted = counted < replayed && (await isCompacted(admin, live.topic));
    const found = { table, topic: live.topic, partitions, ...(compacted && { compacted: true as const }) };
    await documents.write(replayedTopicsDocument, [...others, found]);
    return (compacted ? replayed : counted) + told;
  } catch (error) {
    throw explainKafka(error, `Reading the live topic ${live.topic} back`);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

async function countOwn(
  batches: ReturnType<typeof readCommitted>,
  loadId: string,
  checksum: RecordChecksum | undefined,
): Promise<{ rows: number; eventsAgain: number }> {
  const [row, again] = [encodeHeaders([headerOf(loadId, 'row')]), encodeHeaders([headerOf(loadId, 'again')])];
  const counts = { rows: 0, eventsAgain: 0 };
  for await (const batch of batches) {
    for (const { headers, key, value } of batch) {
      if (headers.equals(again)) counts.eventsAgain += 1;
      if (!headers.equals(row)) continue;
      counts.rows += 1;
      checksum?.add({ key, value });
    }
  }
  return counts;
}

/** Rows that were replayed, and those that were left out, as the shards' records have it. */
async function rowsOf({ plan, documents }: Load, table: QualifiedName): Promise<{ replayed: number; told: number }> {
  const records = await Promise.all(plan.shards.map(({ id }) => documents.need(shardDocument(id))));
  const counts = records.flatMap((record) => record.counts ?? []).filter((each) => each.table === table);
  return {
    replayed: counts.reduce((sum, each) => sum + each.rowsWritten, 0),
    told: counts.reduce((sum, each) => sum + (each.rowsTold ?? 0), 0),
  };
}

/** Of a key it keeps the last record only, of which there may be a later one. */
async function isCompacted(admin: TopicAdmin, topic: string): Promise<boolean> {
  return (await admin.configsOf(topic)).get('cleanup.policy')?.includes('compact') === true;
}
