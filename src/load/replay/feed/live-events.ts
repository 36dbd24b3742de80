import type { Cluster, Topic } from '../../../kafka/cluster.ts';
import { readAppended, type AppendedBatch } from '../../../kafka/read-appended.ts';
import type { BatchRecord } from '../../../kafka/record-batch.ts';
import type { KeyReader, RowKey } from './keys.ts';

/** What the live topic said of one row last: an event, and the tombstone after a delete. */
interface Told {
  records: BatchRecord[];
  /** Of the last of them. */
  offset: number;
}
/** Of a transaction whose end has not been seen. */
interface Undecided {
  key: RowKey;
  record: BatchRecord;
  offset: number;
}

/**
 * What others publish to one live topic while rows are replayed into it. The window begins at offsets before which every event
 * is of something that the rows have; from there on an event may be newer than the row that was read. So of each row in the
 * window it is known whether an event stands before our record, which would then be a stale one over a newer one.
 *
 * Offsets decide: who comes later in a partition is what every consumer believes in the end.
 */
export class LiveEvents {
  readonly #cluster: Cluster;
  readonly #topic: Topic;
  readonly #keys: KeyReader;
  readonly #isOwn: (batch: AppendedBatch) => boolean;
  #next: number[];
  /** Before this chunk: of these rows no record of ours comes. */
  readonly #told = new Set<RowKey>();
  /** In this chunk: what may have to be said again. */
  readonly #telling = new Map<RowKey, Told>();
  readonly #undecided = new Map<string, Undecided[]>();
  /** Of this chunk: where our last record of a row is, and up to which event it says what the topic said. */
  readonly #ours = new Map<RowKey, { offset: number; saysEventsTo: number }>();
  readonly #saying = new Map<RowKey, number>();
  #seen = 0;

  /** @param from offsets by partition, where the window begins */
  constructor(
    {
      cluster,
      topic,
      keys,
      isOwn,
    }: {
      cluster: Cluster;
      topic: Topic;
      keys: KeyReader;
      isOwn: (batch: AppendedBatch) => boolean;
    },
    from: number[],
  ) {
    [this.#cluster, this.#topic, this.#keys, this.#isOwn, this.#next] = [cluster, topic, keys, isOwn, from];
  }

  /** The window begins anew there: every event before is of something that is visible to who reads from now on. */
  beginAt(offsets: number[]): void {
    this.#told.clear();
    this.#telling.clear();
    this.#undecided.clear();
    this.#next = offsets;
  }

  /** Before the records of a chunk, or of another try at it. */
  beginChunk(): void {
    for (const key of this.#telling.keys()) this.#told.add(key);
    this.#telling.clear();
    this.#ours.clear();
    this.#saying.clear();
    this.#seen = 0;
  }

  /** Whether the topic has told of the row in the window already, with all its columns: then it needs no record of ours. */
  hasTold(key: RowKey): boolean {
    return this.#told.has(key);
  }

  /** Our own records of this chunk that were found in the topic. */
  get seen(): number {
    return this.#seen;
  }

  /** Reads on up to these offsets, by partition. */
  async readTo(ends: number[]): Promise<void> {
    for (const [partition, to] of ends.entries()) {
      const from = this.#next[partition] ?? to;
      for await (const batch of readAppended(this.#cluster, this.#topic, partition, { from, to })) {
        this.#take(batch, partition);
      }
      this.#next[partition] = Math.max(from, to);
    }
  }

  /** Whether a transaction that is still open may have told of one of our rows before our record. */
  get isUndecided(): boolean {
    const open = [...this.#undecided.values()].flat();
    return open.some(({ key, offset }) => offset < (this.#ours.get(key)?.offset ?? -1));
  }

  /** The events over which a record of ours stands, to be said again after it: from then on they count as said. */
  takeCovered(): BatchRecord[] {
    const covered: BatchRecord[] = [];
    for (const [key, { offset, saysEventsTo }] of this.#ours) {
      const told = this.#telling.get(key);
      if (!told || told.offset > offset || told.offset === saysEventsTo) continue;
      covered.push(...told.records);
      this.#saying.set(key, told.offset);
    }
    return covered;
  }

  #take(batch: AppendedBatch, partition: number): void {
    const producer = `${batch.producerId} ${partition}`;
    if (batch.marker) {
      const ended = this.#undecided.get(producer) ?? [];
      this.#undecided.delete(producer);
      if (batch.marker === 'committed') for (const event of ended) this.#tell(event);
      return;
    }
    const own = this.#isOwn(batch);
    for (const { offset, key, value } of batch.records) {
      if (own && key) this.#takeOwn(this.#keys.own(key), offset);
      if (own) continue;
      const event = { key: this.#keys.ofEvent(key, { partition, offset }), record: { key, value }, offset };
      if (batch.transactional) this.#awaitEnd(producer, event);
      else this.#tell(event);
    }
  }

  #takeOwn(key: RowKey, offset: number): void {
    this.#seen += 1;
    this.#ours.set(key, { offset, saysEventsTo: this.#saying.get(key) ?? -1 });
  }

  #awaitEnd(producer: string, event: Undecided): void {
    const open = this.#undecided.get(producer);
    if (open) open.push(event);
    else this.#undecided.set(producer, [event]);
  }

  /** A transaction may be decided after later events were taken: what counts is where they are. */
  #tell({ key, record, offset }: Undecided): void {
    const told = this.#telling.get(key) ?? { records: [], offset: -1 };
    if (offset < told.offset) return;
    // A delete is said again with the tombstone behind it; else the last event says it all.
    const records = record.value === null ? [...told.records.slice(-1), record] : [record];
    this.#telling.set(key, { records, offset });
  }
}
