import { LoadFailedError } from '../errors.ts';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';
import { fetchRecords, type FetchedRecords } from './fetch-records.ts';
import { batchesOf, recordsOf, type BatchedRecord, type EncodedBatch } from './read-batches.ts';

const CONTROL = 1 << 5;
const TRANSACTIONAL = 1 << 4;
const ABORT_MARKER = 0;

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
    const place = { topicId: topic.id, partition, offset: next };
    const answer = await withPatience(async () => fetchRecords(await cluster.node(leader), place));
    const filter = new AbortedFilter(answer.aborted);
    const begun = next;
    for (const batch of batchesOf(answer.batches)) {
      if (filter.passes(batch)) yield within(recordsOf(batch), { from: begun, to });
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

/** A batch is fetched whole, also when the offset asked for is in the middle of it. */
function* within(
  records: Iterable<BatchedRecord>,
  { from, to }: { from: number; to: number },
): Generator<BatchedRecord> {
  for (const record of records) if (record.offset >= from && record.offset < to) yield record;
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
    if (batch.attributes & CONTROL) {
      // Key of a control record: version, type.
      const [marker] = recordsOf(batch);
      if (marker?.key?.readInt16BE(2) === ABORT_MARKER) this.#aborting.delete(batch.producerId);
      return false;
    }
    return !(batch.attributes & TRANSACTIONAL) || !this.#aborting.has(batch.producerId);
  }
}
