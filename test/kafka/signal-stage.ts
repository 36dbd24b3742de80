import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';
import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { withAdmin } from '../../src/kafka/topics.ts';
import { advanceBySignal } from '../../src/load/replay/signal/advance.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import type { Load } from '../../src/services.ts';
import { startDebezium, type Debezium } from '../support/debezium.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { plannedLoad, requestOf, setLoadStage, untilDone, type LoadStage } from '../support/loads.ts';
import { readPublished, rowsAt, type PublishedEvent, type Rows } from './published.ts';
import { filledSchemaOf, SWAP, type Row } from './written-table.ts';

export const SIGNALS = 'public.debezium_signal';
const NOTES = 'debezium-notifications';
const SLOT = 'publisher';
const PARTITIONS = 2;
const TICK_MILLISECONDS = 50;
/** Some chunks a part, some parts a table. */
export const SNAPSHOT_CHUNK_ROWS = 100;
const PART_ROWS = 400;
const MORE_ROWS = 1_500;

/** A source with a signal table, a broker, and Debezium between them, for every load of a test file. */
export class SignalStage {
  readonly kafka: TestKafka;
  readonly postgres: PostgresServer;
  readonly debezium: Debezium;
  readonly source: Pool;
  readonly #stage: LoadStage;
  readonly #ticking: NodeJS.Timeout;

  private constructor(parts: Pick<SignalStage, 'kafka' | 'postgres' | 'debezium' | 'source'>, stage: LoadStage) {
    ({ kafka: this.kafka, postgres: this.postgres, debezium: this.debezium, source: this.source } = parts);
    this.#stage = stage;
    // So that the slot is confirmed also when nobody else writes.
    this.#ticking = setInterval(() => void this.source.query('update hr.ticks set at = now()'), TICK_MILLISECONDS);
  }

  static async open(): Promise<SignalStage> {
    const [kafka, postgres] = await Promise.all([
      openTestKafka(),
      startPostgres({ settings: { wal_level: 'logical' } }),
    ]);
    await postgres.createDatabase('source');
    const source = new Pool({ connectionString: postgres.url('source'), max: 8 });
    await source.query(`create schema hr; ${SWAP};
      create table ${SIGNALS} (id varchar(42) primary key, type varchar(32) not null, data varchar(2048));
      create table hr.ticks (id int primary key, at timestamptz); insert into hr.ticks values (1, now())`);
    await kafka.admin.createTopics({ topics: [NOTES], partitions: 1, replicas: 1 });
    const debezium = await startDebezium({
      kafka,
      postgres,
      database: 'source',
      tables: 'hr[.].*',
      slot: SLOT,
      topicPrefix: 'live',
      settings: {
        'signal.data.collection': SIGNALS,
        'notification.enabled.channels': 'sink',
        'notification.sink.topic.name': NOTES,
        'incremental.snapshot.chunk.size': String(SNAPSHOT_CHUNK_ROWS),
      },
    });
    const { port, user, password } = postgres;
    const address: DatabaseAddress = {
      engine: 'postgres',
      host: '127.0.0.1',
      port,
      database: 'source',
      user,
      password,
    };
    const brokers = { brokers: [kafka.server.brokers], security: { kind: 'plaintext' as const } };
    return new SignalStage({ kafka, postgres, debezium, source }, await setLoadStage(address, address, { brokers }));
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    await this.debezium.stop();
    await this.source.end();
    await Promise.all([this.kafka.close(), this.postgres.stop(), this.#stage.remove()]);
  }

  get services(): LoadStage['services'] {
    return this.#stage.services;
  }

  /** Some parts of rows, all published when they were inserted. */
  async makeTable(table: string): Promise<void> {
    await this.kafka.admin.createTopics({ topics: [this.topicOf(table)], partitions: PARTITIONS, replicas: 1 });
    await this.source.query(`${filledSchemaOf(table)};
      insert into ${table} select g, 'm' || g, null, 0 from generate_series(1001, 1000 + ${MORE_ROWS}) g`);
    await this.published();
  }

  topicOf(table: string): string {
    return this.debezium.topicOf(table);
  }

  request(
    asked: string | { name: string; where: object[] } | string[],
    more: Record<string, unknown> = {},
  ): LoadRequest {
    const tables = [asked].flat();
    const names = tables.map((table) => (typeof table === 'string' ? table : table.name));
    const { topics, ...rest } = more;
    return requestOf(tables, {
      target: null,
      strategy: 'replay',
      acceptReplay: true,
      topics: {
        brokers: 'env:BROKERS',
        tables: Object.fromEntries(names.map((name) => [name, this.topicOf(name)])),
        signals: { table: SIGNALS, notifications: NOTES },
        ...(topics as object),
      },
      kafka: { chunkRows: PART_ROWS },
      limits: { maxRecordsPerSecond: 20_000 },
      ...rest,
    });
  }

  plan(request: LoadRequest, loadId: string): Promise<Load> {
    return plannedLoad(this.services, request, loadId);
  }

  /** Everything that has been committed by now is in its topic. */
  async published(): Promise<void> {
    const { rows } = await this.source.query<{ lsn: string }>('select pg_current_wal_insert_lsn() as lsn');
    const passed = `select from pg_replication_slots where slot_name = '${SLOT}' and confirmed_flush_lsn >= $1`;
    while ((await this.source.query(passed, [rows[0]!.lsn])).rowCount === 0) await delay(TICK_MILLISECONDS);
  }

  async endsOf(table: string): Promise<number[]> {
    const address = { brokers: [this.kafka.server.brokers], security: { kind: 'plaintext' as const } };
    return withAdmin(address, (admin) => admin.committedEndsOf(this.topicOf(table)));
  }

  /** What was published of the table from there on. */
  async eventsSince(table: string, from: number[]): Promise<PublishedEvent[]> {
    const events = await readPublished(this.kafka.server.brokers, this.topicOf(table), await this.endsOf(table));
    return events.filter(({ partition, offset }) => offset >= from[partition]!);
  }

  /** What a consumer has that began there with nothing. */
  async consumedSince(table: string, from: number[]): Promise<Rows> {
    await this.published();
    const ends = await this.endsOf(table);
    return rowsAt(await this.eventsSince(table, from), ends);
  }

  async rowsOf(table: string, where = 'true'): Promise<Rows> {
    const { rows } = await this.source.query<Row>(`select * from ${table} where ${where}`);
    return new Map(rows.map((row) => [row.id, row]));
  }

  async signals(): Promise<{ id: string; type: string }[]> {
    return (await this.source.query<{ id: string; type: string }>(`select id, type from ${SIGNALS}`)).rows;
  }
}

/** Until it is done. @param secondsACall bounds every call, as a Lambda's time does */
export async function replay(load: Load, findLagging = nobodyLags, secondsACall = 60): Promise<void> {
  const [shard] = load.plan.shards;
  const call = () => advanceBySignal(load, shard!, new Date(Date.now() + secondsACall * 1_000), findLagging);
  await untilDone(call);
}

export async function nobodyLags(): Promise<string[]> {
  return [];
}
