import {
  addOffsetsToTxnV3,
  addPartitionsToTxnV3,
  endTxnV3,
  initProducerIdV4,
  txnOffsetCommitV3,
  type Connection,
} from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';
import { produceBatch } from './produce-batch.ts';
import type { RecordBatch } from './record-batch.ts';

/** Where the work has got to: an offset of a consumer group that nobody consumes with, committed together with the rows. */
export interface CommittedPosition {
  group: string;
  topic: string;
  partition: number;
  offset: bigint;
  metadata: string;
}

/** "No producer yet": with 0 and 0 a broker would take it for one that it gave out, and fence it. */
const NO_PRODUCER = { id: -1n, epoch: -1 };
/**
 * Produces in transactions under one transactional id. Opening another one with the same id ends what this one has open
 * and fences it: whatever it asks from then on is refused. After an error it is fit only to be let go.
 */
export class TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #id: string;
  readonly #coordinator: Connection;
  readonly #producer: { id: bigint; epoch: number };
  readonly #sequences = new Map<string, number>();

  private constructor(cluster: Cluster, id: string, coordinator: Connection, producer: { id: bigint; epoch: number }) {
    this.#cluster = cluster;
    this.#id = id;
    this.#coordinator = coordinator;
    this.#producer = producer;
  }

  /** Takes over the transactional id. @param timeoutMilliseconds after which the broker aborts a transaction by itself */
  static async open(cluster: Cluster, id: string, timeoutMilliseconds: number): Promise<TransactionalProducer> {
    return withPatience(async () => {
      const coordinator = await cluster.coordinator('transaction', id);
      const { producerId, producerEpoch } = await initProducerIdV4.api.async(
        coordinator,
        id,
        timeoutMilliseconds,
        NO_PRODUCER.id,
        NO_PRODUCER.epoch,
      );
      return new TransactionalProducer(cluster, id, coordinator, { id: producerId, epoch: producerEpoch });
    });
  }

  /** Whether a batch in a topic is of this one. */
  hasAppended({ producerId, producerEpoch }: { producerId: bigint; producerEpoch: number }): boolean {
    return producerId === this.#producer.id && producerEpoch === this.#producer.epoch;
  }

  /** Begins a transaction that may send to every partition of the topic. */
  async begin({ name, leaders }: Topic): Promise<void> {
    const { id: producerId, epoch: producerEpoch } = this.#producer;
    const topics = [{ name, partitions: [...leaders.keys()] }];
    const transaction = { transactionalId: this.#id, producerId, producerEpoch, verifyOnly: false, topics };
    // From version 4 on this request is for brokers: a cluster with ACLs refuses it to clients.
    await withPatience(() => addPartitionsToTxnV3.api.async(this.#coordinator, [transaction]));
  }

  /**
   * Sends a batch to one partition, in the transaction. Those that are sent before an earlier one has arrived stay in order,
   * five of them for each partition at most. @returns the offset of its first record
   */
  async send(topic: Topic, partition: number, batch: RecordBatch, now: Date): Promise<bigint> {
    const place = `${topic.name}:${partition}`;
    const sequence = this.#sequences.get(place) ?? 0;
    this.#sequences.set(place, (sequence + batch.count) % 2 ** 31);
    const records = batch.finish({
      producerId: this.#producer.id,
      producerEpoch: this.#producer.epoch,
      sequence,
      timestampMilliseconds: now.getTime(),
    });
    const leader = topic.leaders[partition];
    if (leader === undefined) throw new Error(`The topic ${topic.name} has no partition ${partition}.`);
    const connection = await this.#cluster.node(leader);
    return produceBatch(connection, { transactionalId: this.#id, topic: topic.name, partition, records });
  }

  /** Commits everything that was sent since the last commit, together with the position. */
  async commit(position: CommittedPosition): Promise<void> {
    const { group, topic, partition, offset, metadata } = position;
    const { id, epoch } = this.#producer;
    await withPatience(() => addOffsetsToTxnV3.api.async(this.#coordinator, this.#id, id, epoch, group));
    await withPatience(async () =>
      txnOffsetCommitV3.api.async(
        await this.#cluster.coordinator('group', group),
        this.#id,
        group,
        id,
        epoch,
        -1,
        '',
        null,
        [
          {
            name: topic,
            partitions: [
              {
                partitionIndex: partition,
                committedOffset: offset,
                committedLeaderEpoch: -1,
                committedMetadata: metadata,
              },
            ],
          },
        ],
      ),
    );
    await withPatience(() => endTxnV3.api.async(this.#coordinator, this.#id, id, epoch, true));
  }
}
