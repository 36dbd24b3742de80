import { FetchIsolationLevels } from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { fetchBatches, isTransactional, markerOf } from './fetch-batches.ts';

/** What one producer appended at once, whether its transaction has ended or not; or the marker that ends one. */
export interface AppendedBatch {
  producerId: bigint;
  producerEpoch: number;
  /** Part of a transaction, whose marker comes later. */
  transactional: boolean;
  marker: 'aborted' | 'committed' | undefined;
  records: { offset: number; key: Buffer | null; value: Buffer | null }[];
}

/** Reads a partition from an offset up to another one, in order, with what is not committed yet, or never will be. */
export async function* readAppended(
  cluster: Cluster,
  topic: Topic,
  partition: number,
  { from, to }: { from: number; to: number },
): AsyncGenerator<AppendedBatch> {
  for (let next = from; next < to;) {
    const isolation = FetchIsolationLevels.READ_UNCOMMITTED;
    const { batches } = await fetchBatches(cluster, topic, { partition, offset: next, isolation });
    const begun = next;
    for (const batch of batches) {
      const first = Number(batch.firstOffset);
      const { producerId, producerEpoch } = batch;
      const marker = markerOf(batch);
      const records = marker
        ? []
        : batch.records
            .map(({ offsetDelta, key, value }) => ({ offset: first + offsetDelta, key, value }))
            .filter(({ offset }) => offset >= begun && offset < to);
      yield { producerId, producerEpoch, transactional: isTransactional(batch), marker, records };
      next = Math.max(next, first + batch.lastOffsetDelta + 1);
    }
  }
}
