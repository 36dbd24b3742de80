import { Pool } from 'pg';
import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import { OFFSETS_TABLE } from '../../examples/consumer.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { withAdmin } from '../../src/kafka/topics.ts';
import { startDebezium, type Debezium } from '../support/debezium.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { filledSchemaOf, schemaOf, SWAP, untilSome } from './written-table.ts';

export const SLOT = 'publisher';
const PARTITIONS = 2;
const TICK_MILLISECONDS = 50;

/** One PostgreSQL with a source and a target, one broker and one publisher between them, for every schedule of a test file. */
export class StitchStage {
  readonly kafka: TestKafka;
  readonly postgres: PostgresServer;
  readonly debezium: Debezium;
  readonly source: Pool;
  readonly target: Pool;
  readonly #ticking: NodeJS.Timeout;
  /** How many schedules want nothing to be published now. */
  #holding = 0;
  #changing = Promise.resolve();
  pauses = 0;

  private constructor(parts: Pick<StitchStage, 'kafka' | 'postgres' | 'debezium' | 'source' | 'target'>) {
    ({
      kafka: this.kafka,
      postgres: this.postgres,
      debezium: this.debezium,
      source: this.source,
      target: this.target,
    } = parts);
    // A slot is only confirmed as far as something was written, and a schedule may be the last one that writes.
    this.#ticking = setInterval(() => void this.source.query('update hr.ticks set at = now()'), TICK_MILLISECONDS);
  }

  static async open(): Promise<StitchStage> {
    const [kafka, postgres] = await Promise.all([
      openTestKafka(),
      // A standby that never answers: whoever asks for it waits with a commit that others don't see yet.
      startPostgres({ settings: { wal_level: 'logical', synchronous_standby_names: 'nobody' } }),
    ]);
    const [source, target] = await Promise.all(
      ['source', 'target'].map(async (database) => {
        await postgres.createDatabase(database);
        const pool = new Pool({ connectionString: postgres.url(database), max: 8 });
        await pool.query('create schema hr');
        return pool;
      }),
    );
    await source!.query(`${SWAP}; create table hr.ticks (id int primary key, at timestamptz);
      insert into hr.ticks values (1, now())`);
    await target!.query(OFFSETS_TABLE);
    const debezium = await startDebezium({
      kafka,
      postgres,
      database: 'source',
      tables: 'hr[.].*',
      slot: SLOT,
      topicPrefix: 'live',
    });
    return new StitchStage({ kafka, postgres, debezium, source: source!, target: target! });
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    await this.debezium.stop();
    await Promise.all([this.source.end(), this.target.end()]);
    await Promise.all([this.kafka.close(), this.postgres.stop()]);
  }

  get brokers(): string {
    return this.kafka.server.brokers;
  }

  addressOf(database: 'source' | 'target'): DatabaseAddress {
    const { port, user, password } = this.postgres;
    return { engine: 'postgres', host: '127.0.0.1', port, database, user, password };
  }

  /** A table on both sides, filled in the source, and its live topic. */
  async makeTable(table: string): Promise<string> {
    const topic = this.debezium.topicOf(table);
    await this.kafka.admin.createTopics({ topics: [topic], partitions: PARTITIONS, replicas: 1 });
    await this.target.query(schemaOf(table));
    await this.source.query(filledSchemaOf(table));
    return topic;
  }

  /** Nothing is published as long as somebody holds the publisher. */
  async hold(): Promise<() => Promise<void>> {
    this.#holding += 1;
    if (this.#holding === 1) await this.#change(() => this.debezium.pause());
    this.pauses += 1;
    let released = false;
    return async () => {
      if (released) return;
      released = true;
      this.#holding -= 1;
      if (this.#holding === 0) await this.#change(async () => this.debezium.resume());
    };
  }

  /** Everything that has been committed by now is in its topic. */
  async published(): Promise<void> {
    const [{ lsn }] = (await this.source.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn')).rows as [
      { lsn: string },
    ];
    const passed = `select from pg_replication_slots where slot_name = '${SLOT}' and confirmed_flush_lsn >= '${lsn}'`;
    await untilSome(() => this.source.query(passed));
  }

  async endsOf(topic: string): Promise<number[]> {
    const address = { brokers: [this.brokers], security: { kind: 'plaintext' as const } };
    return (await withAdmin(address, (admin) => admin.offsetsOf(topic))).map(({ next }) => next);
  }

  /** One after the other: Connect takes a while to pause and to resume. */
  #change(change: () => Promise<void>): Promise<void> {
    this.#changing = this.#changing.then(change);
    return this.#changing;
  }
}
