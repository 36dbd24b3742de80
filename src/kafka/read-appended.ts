import { FetchIsolationLevels } from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';
import { fetchRecords } from './fetch-records.ts';
import { batchesOf, isTransactional, markerOf, recordsWithin, type BatchedRecord } from './read-batches.ts';

/** What one producer appended at once, whether its transaction has ended or not; or the marker that ends one. */
export interface AppendedBatch {
  producerId: bigint;
  producerEpoch: number;
  /** Part of a transaction, whose marker comes later. */
  transactional: boolean;
  marker: 'aborted' | 'committed' | undefined;
  /** None of a marker. */
  records: Iterable<BatchedRecord>;
}

/** Reads a partition from an offset up to another one, in order, with what is not committed yet, or never will be. */
export async function* readAppended(
  cluster: Cluster,
  topic: Topic,
  partition: number,
  { from, to }: { from: number; to: number },
): AsyncGenerator<AppendedBatch> {
  const leader = topic.leaders[partition];
  if (leader === undefined) throw new Error(`The topic ${topic.name} has no partition ${partition}.`);
  const isolation = FetchIsolationLevels.READ_UNCOMMITTED;
  for (let next = from; next < to;) {
    const place = { topicId: topic.id, partition, offset: next, isolation };
    const { batches } = await withPatience(async () => fetchRecords(await cluster.node(leader), place));
    const begun = next;
    for (const batch of batchesOf(batches)) {
      const { producerId, producerEpoch } = batch;
      const marker = markerOf(batch);
      const records = marker ? [] : recordsWithin(batch, { from: begun, to });
      yield { producerId, producerEpoch, transactional: isTransactional(batch), marker, records };
      next = Math.max(next, batch.lastOffset + 1);
    }
  }
}
