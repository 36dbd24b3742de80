import { FetchIsolationLevels, type RecordsBatch } from '@platformatic/kafka';
import { LoadFailedError } from '../errors.ts';
import type { Cluster, Topic } from './cluster.ts';
import { fetchBatches, isTransactional, markerOf } from './fetch-batches.ts';

/** A record as a consumer with isolation level read_committed sees it. */
export interface CommittedRecord {
  offset: number;
  key: Buffer | null;
  value: Buffer;
  headers: [name: string, value: string][];
}

/**
 * Reads a partition from an offset up to another one, in order, and leaves out what was aborted. The client's own filter
 * is not used: it can pass on records of a producer that aborts twice within one answer.
 */
export async function* readCommitted(
  cluster: Cluster,
  topic: Topic,
  partition: number,
  { from, to }: { from: number; to: number },
): AsyncGenerator<CommittedRecord> {
  for (let next = from; next < to;) {
    const isolation = FetchIsolationLevels.READ_COMMITTED;
    const answer = await fetchBatches(cluster, topic, { partition, offset: next, isolation });
    const filter = new AbortedFilter(answer.aborted);
    const begun = next;
    for (const batch of answer.batches) {
      const first = Number(batch.firstOffset);
      const passes = filter.passes(batch);
      for (const record of passes ? batch.records : []) {
        const offset = first + record.offsetDelta;
        // A batch is fetched whole, also when the offset asked for is in the middle of it.
        if (offset >= begun && offset < to) yield committedRecord(offset, record);
      }
      next = Math.max(next, first + batch.lastOffsetDelta + 1);
    }
    // Before the last stable offset there is always more: an empty answer means that a transaction is still open.
    if (next === begun && answer.stableOffset <= next) {
      throw new LoadFailedError(
        `The topic ${topic.name}, partition ${partition}, can be read up to ${next} only, not to ${to}: somebody has a transaction open in it.`,
      );
    }
  }
}

/**
 * Which batches of one answer were aborted. A producer's transaction is aborted from the offset that the answer names until
 * its abort marker (org.apache.kafka.clients.consumer.internals.CompletedFetch); every fetch names anew those that matter to it.
 */
class AbortedFilter {
  readonly #coming: { producerId: bigint; firstOffset: bigint }[];
  readonly #aborting = new Set<bigint>();

  constructor(aborted: { producerId: bigint; firstOffset: bigint }[]) {
    this.#coming = aborted.toSorted((one, other) => Number(one.firstOffset - other.firstOffset));
  }

  passes(batch: RecordsBatch): boolean {
    const last = batch.firstOffset + BigInt(batch.lastOffsetDelta);
    for (let [next] = this.#coming; next && next.firstOffset <= last; [next] = this.#coming) {
      this.#aborting.add(next.producerId);
      this.#coming.shift();
    }
    const marker = markerOf(batch);
    if (marker === 'aborted') this.#aborting.delete(batch.producerId);
    if (marker) return false;
    return !isTransactional(batch) || !this.#aborting.has(batch.producerId);
  }
}

function committedRecord(offset: number, record: RecordsBatch['records'][number]): CommittedRecord {
  const headers = record.headers.map(([name, value]): [string, string] => [String(name), String(value)]);
  return { offset, key: record.key ?? null, value: record.value ?? Buffer.alloc(0), headers };
}
