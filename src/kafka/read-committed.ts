import { FetchIsolationLevels } from '@platformatic/kafka';
import { LoadFailedError } from '../errors.ts';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';
import { fetchRecords, type FetchedRecords } from './fetch-records.ts';
import {
  batchesOf,
  isTransactional,
  markerOf,
  recordsWithin,
  type BatchedRecord,
  type EncodedBatch,
} from './read-batches.ts';

/**
 * Reads a partition from an offset up to another one, in order, and leaves out what was aborted: the records of one batch at a
 * time, as a consumer with isolation level read_committed sees them. The client's own filter is not used: it can pass on
 * records of a producer that aborts twice within one answer.
 */
export async function* readCommitted(
  cluster: Cluster,
  topic: Topic,
  partition: number,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Iterable<BatchedRecord>> {
  const leader = topic.leaders[partition];
  if (leader === undefined) throw new Error(`The topic ${topic.name} has no partition ${partition}.`);
  for (let next = from; next < to;) {
    const isolation = FetchIsolationLevels.READ_COMMITTED;
    const place = { topicId: topic.id, partition, offset: next, isolation };
    const answer = await withPatience(async () => fetchRecords(await cluster.node(leader), place));
    const filter = new AbortedFilter(answer.aborted);
    const begun = next;
    for (const batch of batchesOf(answer.batches)) {
      if (filter.passes(batch)) yield recordsWithin(batch, { from: begun, to });
      next = Math.max(next, batch.lastOffset + 1);
    }
    // Before the last stable offset there is always more: an empty answer means that a transaction is still open.
    if (next === begun && answer.lastStableOffset <= next) {
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
  readonly #coming: FetchedRecords['aborted'];
  readonly #aborting = new Set<bigint>();

  constructor(aborted: FetchedRecords['aborted']) {
    this.#coming = aborted.toSorted((one, other) => Number(one.firstOffset - other.firstOffset));
  }

  passes(batch: EncodedBatch): boolean {
    for (let [next] = this.#coming; next && next.firstOffset <= batch.lastOffset; [next] = this.#coming) {
      this.#aborting.add(next.producerId);
      this.#coming.shift();
    }
    const marker = markerOf(batch);
    if (marker === 'aborted') this.#aborting.delete(batch.producerId);
    if (marker) return false;
    return !isTransactional(batch) || !this.#aborting.has(batch.producerId);
  }
}
