import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findKafka, type KafkaInstallation } from '../../local/kafka/find-kafka.ts';
import type { PostgresServer } from '../../local/postgres-server.ts';
import { onFreePorts, startSupervised } from '../../local/supervised-server.ts';
import type { TestKafka } from './kafka.ts';

/** Debezium as a publisher of live topics: on Kafka Connect, in a process of its own that ends with this one. */
export interface Debezium {
  /** Of its offsets and settings; gone after stop(), and after the end of this process whatever ended it. */
  directory: string;
  topicOf(table: string): string;
  /** Connect's own pause: nothing is published, and nothing confirmed to PostgreSQL, until resume(). */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** SIGKILL. What was published and not yet noted is published again after start(). */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What the supervisor is told. */
export interface DebeziumOrders {
  installation: KafkaInstallation;
  rest: string;
  worker: Record<string, string>;
  connector: { name: string; config: Record<string, string> };
}

const CONNECTOR = 'publisher';

/**
 * Publishes what is committed in a database from now on: no snapshot. The slot and the publication are made by Debezium;
 * topics are made by whoever wants more than one partition, before the first change.
 * @param options.tables regular expressions, as Debezium takes them, joined by commas
 */
export async function startDebezium(options: {
  kafka: TestKafka;
  postgres: PostgresServer;
  database: string;
  tables: string;
  slot: string;
  topicPrefix: string;
  /** Settings of the connector besides, such as those of its signals; they win over those here. */
  settings?: Record<string, string>;
}): Promise<Debezium> {
  const installation = await installed();
  return onFreePorts(1, async ([port]) => {
    const rest = `http://127.0.0.1:${port}`;
    const orders: DebeziumOrders = {
      installation,
      rest,
      worker: workerOf(rest, options.kafka.server.internalBrokers),
      connector: { name: CONNECTOR, config: connectorOf(options) },
    };
    const supervisor = new URL('./debezium-supervisor.ts', import.meta.url);
    const { directory, command, stop } = await startSupervised({ name: 'Debezium', supervisor, orders });
    return {
      directory,
      topicOf: (table) => `${options.topicPrefix}.${table}`,
      pause: () => changeState(rest, 'pause', 'PAUSED'),
      resume: () => changeState(rest, 'resume', 'RUNNING'),
      kill: () => command('kill'),
      start: () => command('start'),
      stop,
    };
  });
}

async function installed(): Promise<KafkaInstallation> {
  const kafka = await findKafka();
  if ('missing' in kafka) throw new Error(kafka.missing);
  const place = join(dirname(kafka.jars), 'connect');
  await access(join(place, 'stamp')).catch(() => {
    throw new Error('Kafka Connect and Debezium are missing: run npm run setup:kafka');
  });
  return { ...kafka, jars: join(place, 'jars') };
}

function workerOf(rest: string, brokers: string): Record<string, string> {
  return {
    'bootstrap.servers': brokers,
    listeners: rest,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    // What is on the class path is found by its services; looking through every class takes seconds.
    'plugin.discovery': 'service_load',
    // Only then is it confirmed to PostgreSQL: a minute by default.
    'offset.flush.interval.ms': '500',
  };
}

function connectorOf(options: Parameters<typeof startDebezium>[0]): Record<string, string> {
  const { postgres, database, tables, slot, topicPrefix } = options;
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'database.hostname': '127.0.0.1',
    'database.port': String(postgres.port),
    'database.user': postgres.user,
    'database.password': postgres.password,
    'database.dbname': database,
    'topic.prefix': topicPrefix,
    'table.include.list': tables,
    'plugin.name': 'pgoutput',
    'slot.name': slot,
    'publication.name': slot,
    'publication.autocreate.mode': 'all_tables',
    'snapshot.mode': 'no_data',
    // A slot without changes to publish is confirmed with a heartbeat.
    'heartbeat.interval.ms': '500',
    'tombstones.on.delete': 'true',
    'decimal.handling.mode': 'string',
    'poll.interval.ms': '20',
    'topic.creation.default.replication.factor': '1',
    'topic.creation.default.partitions': '1',
    ...options.settings,
  };
}

async function changeState(rest: string, action: 'pause' | 'resume', wanted: string): Promise<void> {
  const answer = await fetch(`${rest}/connectors/${CONNECTOR}/${action}`, { method: 'PUT' });
  if (!answer.ok) throw new Error(`Connect answered ${answer.status}: ${await answer.text()}`);
  while (!(await areAll(rest, wanted))) await delay(20);
}

/** Whether the connector and its task are in that state. @throws with Connect's own words when one has failed */
export async function areAll(rest: string, wanted: string): Promise<boolean> {
  const answer = await fetch(`${rest}/connectors/${CONNECTOR}/status`);
  if (!answer.ok) return false;
  type State = { state: string; trace?: string };
  const { connector, tasks } = (await answer.json()) as { connector: State; tasks: State[] };
  const failed = [connector, ...tasks].find(({ state }) => state === 'FAILED');
  if (failed) throw new Error(failed.trace);
  return tasks.length > 0 && [connector, ...tasks].every(({ state }) => state === wanted);
}
