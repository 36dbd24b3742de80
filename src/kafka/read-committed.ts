import { FetchIsolationLevels, fetchV13, type RecordsBatch } from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';

/** A record as a consumer with isolation level read_committed sees it. */
export interface CommittedRecord {
  offset: number;
  key: Buffer | null;
  value: Buffer;
  headers: [name: string, value: string][];
}

const CONTROL = 1 << 5;
const TRANSACTIONAL = 1 << 4;
const ABORT_MARKER = 0;
const WAIT_MILLISECONDS = 500;
/** Each record becomes some objects for a moment: of more at once V8 would keep many for long (npm run bench:kafka). */
const FETCH_BYTES = 256 * 1024;
const NO_SESSION = { id: 0, epoch: -1 };

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
  const leader = topic.leaders[partition];
  if (leader === undefined) throw new Error(`The topic ${topic.name} has no partition ${partition}.`);
  for (let next = from; next < to;) {
    const answer = await withPatience(async () => fetch(cluster, topic, partition, leader, next));
    const filter = new AbortedFilter(answer.abortedTransactions ?? []);
    const begun = next;
    for (const batch of answer.records ?? []) {
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
    if (next === begun && Number(answer.lastStableOffset) <= next) {
      throw new Error(
        `The partition ${partition} of ${topic.name} ends at ${next}, before the offset ${to}: a transaction is open.`,
      );
    }
  }
}

async function fetch(cluster: Cluster, topic: Topic, partition: number, leader: number, offset: number) {
  const partitions = [
    {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: FETCH_BYTES,
    },
  ];
  const { responses } = await fetchV13.api.async(
    await cluster.node(leader),
    WAIT_MILLISECONDS,
    1,
    FETCH_BYTES,
    FetchIsolationLevels.READ_COMMITTED,
    NO_SESSION.id,
    NO_SESSION.epoch,
    [{ topicId: topic.id, partitions }],
    [],
    '',
  );
  const answer = responses[0]?.partitions[0];
  if (!answer) throw new Error(`The broker answered nothing of ${topic.name}, partition ${partition}.`);
  return answer;
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
    if (batch.attributes & CONTROL) {
      // Key of a control record: version, type.
      if (batch.records[0]?.key?.readInt16BE(2) === ABORT_MARKER) this.#aborting.delete(batch.producerId);
      return false;
    }
    return !(batch.attributes & TRANSACTIONAL) || !this.#aborting.has(batch.producerId);
  }
}

function committedRecord(offset: number, record: RecordsBatch['records'][number]): CommittedRecord {
  const headers = record.headers.map(([name, value]): [string, string] => [String(name), String(value)]);
  return { offset, key: record.key ?? null, value: record.value ?? Buffer.alloc(0), headers };
}
