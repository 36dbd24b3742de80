import { Cluster } from '../kafka/cluster.ts';
import { explainKafka } from '../kafka/errors.ts';
import { readCommitted } from '../kafka/read-committed.ts';
import { encodeHeaders } from '../kafka/record-batch.ts';
import { RecordChecksum } from '../kafka/record-checksum.ts';
import { headerOf, replicationTopic } from '../kafka/replication-topic.ts';
import { withAdmin } from '../kafka/topics.ts';
import { LoadFailedError } from '../errors.ts';
import type { LoadedTopic, QualifiedName } from '../model.ts';
import type { Load } from '../services.ts';
import { loadedTopicsDocument } from '../store/documents.ts';
import { writeChecksum } from './topic-checksums.ts';

type Partition = LoadedTopic['partitions'][number];

/**
 * Reads the topic of a table back, as its consumer will, and counts its rows: everything up to the sentinel of each partition,
 * of which there must be one, with nothing after it. Where they are is written down for the notification; so is the checksum of
 * the rows, where the request asks for it.
 * @throws LoadFailedError, TransientError
 */
export async function countTopic(load: Load, table: QualifiedName): Promise<number> {
  const { loadId, request, services, documents } = load;
  const brokers = request.topics?.brokers ?? '';
  const address = await services.resolveBrokers(brokers, 'topics.brokers');
  const name = replicationTopic({ loadId, dataset: request.dataset }, table);
  const cluster = new Cluster(address, `initial-load ${loadId}`);
  try {
    const topic = await cluster.describeTopic(name);
    if (!topic) throw new LoadFailedError(`The topic ${name} is gone: somebody else deleted it.`);
    const offsets = await withAdmin(address, (admin) => admin.offsetsOf(name));
    const partitions: Partition[] = [];
    const checksum = request.verify === 'checksums' ? new RecordChecksum() : undefined;
    for (const [partition, { next }] of offsets.entries()) {
      const batches = readCommitted(cluster, topic, partition, { from: 0, to: next });
      partitions.push(await readPartition(batches, { loadId, of: `${name}, partition ${partition},`, checksum }));
    }
    if (checksum) await writeChecksum(load, table, checksum);
    const others = ((await documents.read(loadedTopicsDocument)) ?? []).filter((other) => other.table !== table);
    await documents.write(loadedTopicsDocument, [...others, { table, topic: name, partitions }]);
    return partitions.reduce((sum, { rows }) => sum + rows, 0);
  } catch (error) {
    throw explainKafka(error, `Reading the topic ${name} back`);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

/** @param of the partition, for failures */
async function readPartition(
  batches: ReturnType<typeof readCommitted>,
  { loadId, of, checksum }: { loadId: string; of: string; checksum: RecordChecksum | undefined },
): Promise<Partition> {
  const [row, end] = [encodeHeaders([headerOf(loadId, 'row')]), encodeHeaders([headerOf(loadId, 'end')])];
  let [rows, sentinel] = [0, -1];
  for await (const batch of batches) {
    for (const { offset, headers, key, value } of batch) {
      const isRow = headers.equals(row);
      if (!isRow && !headers.equals(end))
        throw new LoadFailedError(`${record(offset)} is not of this load: somebody else wrote to its topic.`);
      if (sentinel !== -1) throw new LoadFailedError(`${record(offset)} comes after the end, which is at ${sentinel}.`);
      if (!isRow) sentinel = offset;
      else {
        rows += 1;
        checksum?.add({ key, value });
      }
    }
  }
  if (sentinel === -1) throw new LoadFailedError(`The topic ${of} has no record that ends it.`);
  return { rows, sentinel };

  function record(offset: number): string {
    return `The record at offset ${offset} of ${of}`;
  }
}
