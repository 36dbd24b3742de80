import { randomBytes } from 'node:crypto';
import { Producer } from '@platformatic/kafka';
import { Client } from 'pg';
import { randomFrom } from '../local/moving-table.ts';
import type { ConsumedMessage } from '../support/console-consumer.ts';
import type { TestKafka } from '../support/kafka.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** A row of such a table, as JSON has it; undefined for one that isn't there. */
interface Row {
  id: number;
  version: number;
}
export type Rows = Map<number, Row>;

const PARTITIONS = 2;
/** What an event of a delete says: it has every field of a row, so that whoever looks at the topic finds those. */
const GONE = { version: 0, gone: true };

/** A table and the live topic that each of its changes is published to, by whoever makes them. */
export class PublishedTable {
  readonly table: string;
  readonly topic: string;
  readonly #kafka: TestKafka;
  readonly #source: TestDatabase;
  readonly #producer: Producer;

  private constructor(kafka: TestKafka, source: TestDatabase, topic: string) {
    [this.#kafka, this.#source, this.topic, this.table] = [kafka, source, topic, `hr.${topic.replace('-', '_')}`];
    this.#producer = new Producer({ clientId: 'publisher', bootstrapBrokers: [kafka.server.internalBrokers] });
  }

  static async make(kafka: TestKafka, source: TestDatabase, rows: number): Promise<PublishedTable> {
    const topic = `live-${randomBytes(4).toString('hex')}`;
    await kafka.admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 });
    const made = new PublishedTable(kafka, source, topic);
    await source.query(`create schema if not exists hr;
      create table ${made.table} (id int primary key, version int not null);
      insert into ${made.table} select g, 0 from generate_series(1, ${rows}) g; analyze ${made.table}`);
    return made;
  }

  close(): Promise<void> {
    return this.#producer.close();
  }

  /** Of a load that replays it. */
  get request(): { tables: string[]; topics: object } {
    return { tables: [this.table], topics: { brokers: 'env:BROKERS', tables: { [this.table]: this.topic } } };
  }

  /** A new version of a row, in the source and then in the topic. */
  async update(id: number): Promise<void> {
    const changed = await this.#source.query<Row>(
      `update ${this.table} set version = version + 1 where id = ${id} returning id, version`,
    );
    for (const row of changed) await this.publish(row.id, row);
  }

  async insert(id: number): Promise<void> {
    const [row] = await this.#source.query<Row>(`insert into ${this.table} values (${id}, 1) returning *`);
    await this.publish(id, row);
  }

  /** Published as Debezium does: the event, then a tombstone. */
  async delete(id: number): Promise<void> {
    const gone = await this.#source.query(`delete from ${this.table} where id = ${id} returning id`);
    if (gone.length === 0) return;
    await this.publish(id, { ...GONE, id });
    await this.publish(id, undefined);
  }

  /** An event alone. */
  async publish(id: number, value: object | undefined): Promise<void> {
    const key = Buffer.from(`{"id":${id}}`);
    const message = { topic: this.topic, key, ...(value && { value: Buffer.from(JSON.stringify(value)) }) };
    await this.#producer.send({ messages: [message], acks: -1 });
  }

  /** With a key that no such row has. */
  async publishAs(key: string | null, partition: number): Promise<void> {
    const message = { topic: this.topic, partition, value: Buffer.from('{}') };
    await this.#producer.send({ messages: [{ ...message, ...(key !== null && { key: Buffer.from(key) }) }], acks: -1 });
  }

  /** In a transaction of a publisher's own. */
  async publishOpen(id: number, value: object): Promise<{ end(commits: boolean): Promise<void> }> {
    const producer = new Producer({
      clientId: 'publisher',
      bootstrapBrokers: [this.#kafka.server.internalBrokers],
      transactionalId: `publisher-${this.topic}`,
      idempotent: true,
    });
    const transaction = await producer.beginTransaction();
    const message = { topic: this.topic, key: Buffer.from(`{"id":${id}}`), value: Buffer.from(JSON.stringify(value)) };
    await transaction.send({ messages: [message], acks: -1 });
    return {
      async end(commits) {
        await (commits ? transaction.commit() : transaction.abort());
        await producer.close();
      },
    };
  }

  /** A new version of a row, which others see when it is committed; nothing is published. */
  async beginUpdate(id: number): Promise<{ commit(): Promise<void> }> {
    const client = new Client({ connectionString: this.#source.url });
    await client.connect();
    await client.query('begin');
    await client.query(`update ${this.table} set version = version + 1 where id = ${id}`);
    return {
      async commit() {
        await client.query('commit');
        await client.end();
      },
    };
  }

  /** A group's offsets in every partition; at the end unless told. */
  async commit(groupId: string, at?: number): Promise<void> {
    const ends = await this.#kafka.endsOf(this.topic);
    const partitionOffsets = ends.map((end, partition) => ({ partition, offset: at === undefined ? end : BigInt(at) }));
    await this.#kafka.admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: this.topic, partitionOffsets }] });
  }

  messages(): Promise<ConsumedMessage[]> {
    return this.#kafka.consumeAll(this.topic);
  }

  /** What a consumer has that reads the topic from its beginning, by upserts and deletes. */
  async consumed(): Promise<Rows> {
    return foldOf(await this.messages());
  }

  async rows(): Promise<Rows> {
    const rows = await this.#source.query<Row>(`select id, version from ${this.table}`);
    return new Map(rows.map((row) => [row.id, row]));
  }
}

export function foldOf(messages: ConsumedMessage[]): Rows {
  const rows: Rows = new Map();
  for (const { key, value } of messages) {
    const { id } = JSON.parse(key ?? '') as { id: number };
    const row = value === null ? null : (JSON.parse(value) as Row & { gone?: true });
    if (row === null || row.gone) rows.delete(id);
    else rows.set(id, row);
  }
  return rows;
}

/**
 * Keys that a consumer had an older row of when a transaction of the load had ended, of which only the marker is left: an
 * offset that no message has. Whatever came later doesn't count.
 */
export function olderRowsLeft(messages: ConsumedMessage[]): string[] {
  const left: string[] = [];
  for (const inPartition of Object.values(Object.groupBy(messages, ({ partition }) => partition))) {
    const newest = new Map<string, number>();
    let behind = new Set<string>();
    let next = 0;
    for (const { offset, key, value } of inPartition ?? []) {
      if (offset > next) {
        left.push(...behind);
        behind = new Set();
      }
      next = offset + 1;
      const { version = Infinity, gone } = JSON.parse(value ?? '{}') as Partial<Row> & { gone?: true };
      const isGone = gone === true || version === Infinity;
      if (!isGone && version < (newest.get(key ?? '') ?? 0)) behind.add(key ?? '');
      else behind.delete(key ?? '');
      // Of a row that comes back after a delete the versions begin anew.
      newest.set(key ?? '', isGone ? 0 : Math.max(version, newest.get(key ?? '') ?? 0));
    }
  }
  return left;
}

/** Changes rows, each its own, until it is told to stop. */
export class Changer {
  changes = 0;
  #stopped = false;
  readonly #ended: Promise<void>;

  /** @param of ids that are this one's own: events of a row are in order because nobody else changes it */
  constructor(table: PublishedTable, { seed, of }: { seed: number; of: number[] }) {
    this.#ended = this.#change(table, randomFrom(seed), of);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#ended;
  }

  async #change(table: PublishedTable, random: () => number, of: number[]): Promise<void> {
    const here = new Set((await table.rows()).keys());
    while (!this.#stopped) {
      const id = of[Math.floor(random() * of.length)]!;
      if (!here.has(id)) await table.insert(id).then(() => here.add(id));
      else if (random() < 0.3) await table.delete(id).then(() => here.delete(id));
      else await table.update(id);
      this.changes += 1;
    }
  }
}
