/**
 * How fast kafka-topic feeds 1,000,000 rows of about 200 bytes from PostgreSQL, beside Kafka's own producer-perf-test with
 * the same acks, batch size and linger on the same broker: medians of three interleaved runs. Needs npm run setup:kafka.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka, type KafkaInstallation } from '../local/kafka/find-kafka.ts';
import { startKafka } from '../local/kafka/kafka-server.ts';
import { startPostgres } from '../local/postgres-server.ts';
import { withTopicChanges } from '../src/kafka/topic-changes.ts';
import { median, table } from './figures.ts';
import { run, runOneLoad, withClient } from './stage.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const RUNS = 3;
const PARTITIONS = 3;
const RECORD_BYTES = 200;
/** As src/target/topics/outbox.ts fills them. */
const BATCH_BYTES = 262_144;
const FILL = `create schema bench;
  create table bench.rows (id int primary key, name text not null, mail text not null, born date, pay numeric(10, 2), note text);
  insert into bench.rows select g, 'name ' || g, 'somebody' || g || '@example.com', date '1990-01-01' + g % 9000, g / 7.0, repeat('n', 70)
    from generate_series(1, ${ROWS}) g;
  vacuum analyze bench.rows`;

interface Figures {
  ours: number[];
  theirs: number[];
  peakMegabytes: number[];
}

async function main(): Promise<void> {
  const installation = await findKafka();
  if ('missing' in installation) throw new Error(installation.missing);
  const [server, broker] = await Promise.all([startPostgres(), startKafka({ installation })]);
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-bench-'));
  try {
    await server.createDatabase('source');
    for (const statement of FILL.split(';\n'))
      await withClient(server.url('source'), (client) => client.query(statement));
    const figures: Figures = { ours: [], theirs: [], peakMegabytes: [] };
    const env = { SOURCE_URL: server.url('source'), KAFKA_BROKERS: broker.brokers };
    for (let round = 0; round < RUNS; round += 1) {
      const load = await runOneLoad(requestOf(), directory, env);
      figures.ours.push(ROWS / load.moveSeconds);
      figures.peakMegabytes.push(load.peakMegabytes);
      figures.theirs.push(await producerPerfTest(installation, broker.brokers));
      console.error(
        `feed ${figures.ours.at(-1)?.toFixed(0)}/s, producer-perf-test ${figures.theirs.at(-1)?.toFixed(0)}/s`,
      );
    }
    report(figures);
  } finally {
    await broker.stop();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

function requestOf(): object {
  return {
    dataset: 'bench',
    consumer: 'bench',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: ['bench.rows'] },
    topics: { brokers: 'env:KAFKA_BROKERS', tables: {} },
    kafka: { partitions: PARTITIONS },
  };
}

/** @returns records a second */
async function producerPerfTest({ java, jars }: KafkaInstallation, brokers: string): Promise<number> {
  const topic = `perf-${randomBytes(4).toString('hex')}`;
  const address = { brokers: [brokers], security: { kind: 'plaintext' as const } };
  await withTopicChanges(address, (changes) =>
    changes.createTopic({ name: topic, partitions: PARTITIONS, replicas: 1, configs: {} }),
  );
  const properties = [`bootstrap.servers=${brokers}`, 'acks=all', `batch.size=${BATCH_BYTES}`, 'linger.ms=0'];
  const settings = ['--topic', topic, '--num-records', String(ROWS), '--record-size', String(RECORD_BYTES)];
  const classes = ['-cp', join(jars, '*'), 'org.apache.kafka.tools.ProducerPerformance'];
  const output = await run(java, classes.concat(settings, ['--throughput', '-1', '--producer-props'], properties));
  await withTopicChanges(address, (changes) => changes.deleteTopic(topic));
  const perSecond = [...output.matchAll(/records sent, ([\d.]+) records\/sec/g)].at(-1)?.[1];
  if (perSecond === undefined) throw new Error(`producer-perf-test said nothing of its speed: ${output}`);
  return Number(perSecond);
}

function report({ ours, theirs, peakMegabytes }: Figures): void {
  const [feed, producer, peak] = [median(ours), median(theirs), Math.max(...peakMegabytes)];
  console.log(
    table(
      ['', 'median', 'asked'],
      [
        ['kafka-topic feeds, records/s', feed.toFixed(0), ''],
        ['producer-perf-test, records/s', producer.toFixed(0), ''],
        ['ratio', (feed / producer).toFixed(2), 'at least 0.50'],
        ['peak MB of the load', peak.toFixed(0), 'below 250'],
      ],
    ),
  );
}

await main();
