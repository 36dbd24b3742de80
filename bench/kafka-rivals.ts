import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KafkaInstallation } from '../local/kafka/find-kafka.ts';
import type { KafkaServer } from '../local/kafka/kafka-server.ts';
import type { PostgresServer } from '../local/postgres-server.ts';
import { selectJson } from '../src/databases/postgres/json-rows.ts';
import { withTopicChanges } from '../src/kafka/topic-changes.ts';
import { withAdmin } from '../src/kafka/topics.ts';
import { startDebezium } from '../test/support/debezium.ts';
import { run, withClient } from './stage.ts';

export const PARTITIONS = 3;
const RECORD_BYTES = 200;
const LOOK_AGAIN_MILLISECONDS = 20;
/** As src/target/topics/outbox.ts and src/kafka/produce-batch.ts produce. */
const PRODUCER = { acks: 'all', 'batch.size': String(256 * 1024), 'linger.ms': '0' };

/** What the feed asks of PostgreSQL, written by it to nowhere. @returns records a second */
export async function sourceAlone(url: string, { table, rows }: { table: string; rows: number }): Promise<number> {
  return withClient(url, async (client) => {
    const asked = 'select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attnum';
    const columns = (await client.query<{ attname: string }>(asked, [table])).rows.map(({ attname }) => attname);
    const read = { name: table, only: false, where: [], key: { columns: ['id'], types: ['integer'] } };
    const select = selectJson(
      read,
      columns.map((column) => ({ source: column, target: column })),
      {},
    );
    const begunAt = performance.now();
    await client.query(`copy (${select}) to '/dev/null' (format binary)`);
    return (rows * 1_000) / (performance.now() - begunAt);
  });
}

/** Kafka's own, which makes its records up. @returns records a second, as it says */
export async function producerPerfTest(
  { java, jars }: KafkaInstallation,
  broker: KafkaServer,
  rows: number,
): Promise<number> {
  return onTopic(broker, `perf-${randomBytes(4).toString('hex')}`, async (topic) => {
    const properties = Object.entries({ 'bootstrap.servers': broker.brokers, ...PRODUCER }).map((pair) =>
      pair.join('='),
    );
    const settings = ['--topic', topic, '--num-records', String(rows), '--record-size', String(RECORD_BYTES)];
    const classes = ['-cp', join(jars, '*'), 'org.apache.kafka.tools.ProducerPerformance'];
    const output = await run(java, classes.concat(settings, ['--throughput', '-1', '--producer-props'], properties));
    const perSecond = [...output.matchAll(/records sent, ([\d.]+) records\/sec/g)].at(-1)?.[1];
    if (perSecond === undefined) throw new Error(`producer-perf-test said nothing of its speed: ${output}`);
    return Number(perSecond);
  });
}

/**
 * Debezium's snapshot of the same table. What is timed is from its first record in the topic to its last one: neither the
 * start of Java and Connect, nor what it does in the database before it reads.
 * @returns records a second
 */
export async function debeziumSnapshot(
  postgres: PostgresServer,
  broker: KafkaServer,
  { table, rows }: { table: string; rows: number },
): Promise<number> {
  const topicPrefix = `snapshot-${randomBytes(4).toString('hex')}`;
  return onTopic(broker, `${topicPrefix}.${table}`, async (topic) => {
    const timed = secondsBetween(broker, topic, rows);
    const debezium = await startDebezium({
      kafka: { server: broker },
      postgres,
      database: 'source',
      tables: table.replace('.', '[.]'),
      slot: topicPrefix.replace('-', '_'),
      topicPrefix,
      snapshot: PRODUCER,
    });
    try {
      return rows / (await timed);
    } finally {
      await debezium.stop();
    }
  });
}

/** From when there is a record until there are so many. */
async function secondsBetween({ brokers }: KafkaServer, topic: string, rows: number): Promise<number> {
  return withAdmin(addressOf(brokers), async (admin) => {
    const count = async () => (await admin.offsetsOf(topic)).reduce((sum, { next }) => sum + next, 0);
    while ((await count()) === 0) await delay(LOOK_AGAIN_MILLISECONDS);
    const begunAt = performance.now();
    while ((await count()) < rows) await delay(LOOK_AGAIN_MILLISECONDS);
    return (performance.now() - begunAt) / 1_000;
  });
}

/** A topic for the time of some work. */
async function onTopic<T>({ brokers }: KafkaServer, name: string, work: (topic: string) => Promise<T>): Promise<T> {
  const topic = { name, partitions: PARTITIONS, replicas: 1, configs: {} };
  await withTopicChanges(addressOf(brokers), (changes) => changes.createTopic(topic));
  try {
    return await work(name);
  } finally {
    await withTopicChanges(addressOf(brokers), (changes) => changes.deleteTopic(name));
  }
}

function addressOf(brokers: string) {
  return { brokers: [brokers], security: { kind: 'plaintext' as const } };
}
