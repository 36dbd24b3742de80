import type { Cluster, Topic } from '../../kafka/cluster.ts';
import { committedPosition } from '../../kafka/committed-position.ts';
import { encodeHeaders, RecordBatch } from '../../kafka/record-batch.ts';
import { headerOf } from '../../kafka/replication-topic.ts';
import { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { QualifiedName, TableCounts } from '../../model.ts';
import type { Load } from '../../services.ts';
import { shardDocument } from '../../store/documents.ts';
import { assertOpen } from '../assert-open.ts';
import { onCluster } from './cluster.ts';
import { END, sentinelGroup, topicsOf, transactionalId } from './names.ts';

const TRANSACTION_TIMEOUT_MILLISECONDS = 60_000;
const PARTITION = 0;
const WRITTEN = 1n;
const SENTINEL_BYTES = 512;

/**
 * Ends every partition with a record that says so, the sentinel: its key is null, its header `initial-load: <loadId> end`, its
 * value `{ "loadId", "table", "rows" }` with the rows of the whole table. The sentinels of a topic are one transaction with
 * the note that they are there, under a transactional id of their own: so they are there once, however often this is called.
 *
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function endTopics(load: Load): Promise<void> {
  return onCluster(load, 'Ending topics', async (cluster) => {
    const producer = await TransactionalProducer.open(
      cluster,
      transactionalId(load, END),
      TRANSACTION_TIMEOUT_MILLISECONDS,
    );
    await assertOpen(load);
    const records = await Promise.all(load.plan.shards.map(({ id }) => load.documents.need(shardDocument(id))));
    const counts = records.flatMap((record) => record.counts ?? []);
    for (const [index, { name, table }] of topicsOf(load).entries()) {
      const place = { group: sentinelGroup(load, index), topic: name, partition: PARTITION };
      if ((await committedPosition(cluster, place))?.offset === WRITTEN) continue;
      const topic = await needTopic(cluster, name);
      const value = { loadId: load.loadId, table, rows: rowsOf(counts, table) };
      await producer.begin(topic);
      for (const partition of topic.leaders.keys()) {
        await producer.send(topic, partition, sentinel(load.loadId, value), load.services.now());
      }
      await producer.commit({ ...place, offset: WRITTEN, metadata: '' });
    }
  });
}

function rowsOf(counts: TableCounts[], name: QualifiedName): number {
  return counts.filter(({ table }) => table === name).reduce((sum, { rowsWritten }) => sum + rowsWritten, 0);
}

function sentinel(loadId: string, value: object): RecordBatch {
  const batch = new RecordBatch(encodeHeaders([headerOf(loadId, 'end')]), Buffer.allocUnsafe(SENTINEL_BYTES));
  batch.add({ key: null, value: Buffer.from(JSON.stringify(value)) });
  return batch;
}

async function needTopic(cluster: Cluster, name: string): Promise<Topic> {
  const topic = await cluster.describeTopic(name);
  if (!topic) throw new Error(`The topic ${name} is gone: somebody else deleted it.`);
  return topic;
}
