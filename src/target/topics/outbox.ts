import { LoadFailedError } from '../../errors.ts';
import type { Topic } from '../../kafka/cluster.ts';
import { partitionOf } from '../../kafka/partition-of.ts';
import { RecordBatch, recordBytes, type EncodedHeaders, type BatchRecord } from '../../kafka/record-batch.ts';
import type { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { Pacer } from './pacer.ts';

/** Well below what a broker takes of one batch by itself (1 MB), and enough that a request is no burden. */
const BATCH_BYTES = 256 * 1024;
/** A broker keeps apart the last five batches of a producer and partition, by which it knows one that comes twice. */
const MOST_IN_FLIGHT = 5;
const SHOWN_KEY_CHARACTERS = 100;

/** Gathers the records of one chunk into batches, a partition each, and sends those that are full. */
export class Outbox {
  readonly #to: { producer: TransactionalProducer; topic: Topic; headers: EncodedHeaders; mostBytes: number };
  readonly #pacer: Pacer;
  readonly #now: () => Date;
  readonly #batches = new Map<number, RecordBatch>();
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #free: Buffer[] = [];
  #failure: { error: unknown } | undefined;
  #next = 0;

  /** @param to.mostBytes of one batch: the topic's max.message.bytes */
  constructor(
    to: { producer: TransactionalProducer; topic: Topic; headers: EncodedHeaders; mostBytes: number },
    pacer: Pacer,
    now: () => Date,
  ) {
    this.#to = to;
    this.#pacer = pacer;
    this.#now = now;
  }

  /** @throws LoadFailedError for a record that no broker would take, naming its key; what sending says */
  async add(records: BatchRecord[]): Promise<void> {
    const { topic, headers } = this.#to;
    for (const record of records) {
      this.#assertFits(record);
      // Without a key in turn, as producers do.
      const partition = record.key
        ? partitionOf(record.key, topic.leaders.length)
        : this.#next++ % topic.leaders.length;
      let batch = this.#batches.get(partition);
      if (batch && batch.bytes + recordBytes(record, headers) > Math.min(BATCH_BYTES, this.#to.mostBytes)) {
        await this.#send(partition, batch);
        batch = undefined;
      }
      if (!batch) this.#batches.set(partition, (batch = new RecordBatch(headers, this.#freeBuffer())));
      batch.add(record);
    }
  }

  /** Until all of it has arrived. */
  async flush(): Promise<void> {
    for (const [partition, batch] of this.#batches) await this.#send(partition, batch);
    this.#batches.clear();
    await Promise.all(this.#inFlight);
    this.#assertSent();
  }

  async #send(partition: number, batch: RecordBatch): Promise<void> {
    await this.#pacer.pass(batch.count, batch.bytes);
    while (this.#inFlight.size >= MOST_IN_FLIGHT) await Promise.race(this.#inFlight);
    this.#assertSent();
    const sent = this.#to.producer
      .send(this.#to.topic, partition, batch, this.#now())
      .then(() => this.#free.push(batch.buffer))
      .catch((error: unknown) => (this.#failure ??= { error }))
      .finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
  }

  /** Those of batches that have arrived are used again: new ones would pile up until they are collected. */
  #freeBuffer(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafe(BATCH_BYTES);
  }

  #assertSent(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #assertFits(record: BatchRecord): void {
    const bytes = recordBytes(record, this.#to.headers) + RecordBatch.HEAD_BYTES;
    if (bytes <= this.#to.mostBytes) return;
    const key = record.key?.toString().slice(0, SHOWN_KEY_CHARACTERS) ?? 'without a key';
    throw new LoadFailedError(
      `The row ${key} takes ${bytes} bytes as a message, and the topic ${this.#to.topic.name} takes ` +
        `${this.#to.mostBytes} at most (max.message.bytes). Raise it on the brokers (message.max.bytes), or leave out columns.`,
    );
  }
}
