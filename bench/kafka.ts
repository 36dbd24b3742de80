/**
 * How fast kafka-topic feeds 1,000,000 rows of about 200 bytes from PostgreSQL, beside Kafka's own producer-perf-test and
 * Debezium's snapshot of the same table, with the same acks, batch size and linger on the same broker: medians of three
 * interleaved runs. What PostgreSQL alone takes to read the rows and to write their JSON says what bounds it. The load runs
 * with the memory settings of the functions that feed and read back. Needs npm run setup:kafka.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findKafka } from '../local/kafka/find-kafka.ts';
import { startKafka } from '../local/kafka/kafka-server.ts';
import { startPostgres } from '../local/postgres-server.ts';
import { median, table } from './figures.ts';
import { debeziumSnapshot, PARTITIONS, producerPerfTest, sourceAlone } from './kafka-rivals.ts';
import type { OneLoad } from './one-load.ts';
import { FUNCTION_NODE_OPTIONS, runOneLoad, withClient } from './stage.ts';

const ROWS = Number(process.argv[2] ?? 1_000_000);
const FEW = Math.ceil(0.3 * ROWS);
const RUNS = 3;
const TABLES = { 'bench.rows': ROWS, 'bench.few': FEW };

function fillSql(name: string, rows: number): string[] {
  return [
    `create table ${name} (id int primary key, name text not null, mail text not null, born date, pay numeric(10, 2), note text)`,
    `insert into ${name} select g, 'name ' || g, 'somebody' || g || '@example.com', date '1990-01-01' + g % 9000, g / 7.0,
       repeat('n', 70) from generate_series(1, ${rows}) g`,
    `vacuum analyze ${name}`,
  ];
}

async function main(): Promise<void> {
  const installation = await findKafka();
  if ('missing' in installation) throw new Error(installation.missing);
  const settings = { wal_level: 'logical' };
  const [server, broker] = await Promise.all([startPostgres({ settings }), startKafka({ installation })]);
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-bench-'));
  try {
    await server.createDatabase('source');
    const fill = ['create schema bench', ...Object.entries(TABLES).flatMap(([name, rows]) => fillSql(name, rows))];
    for (const statement of fill) await withClient(server.url('source'), (client) => client.query(statement));
    const env = {
      SOURCE_URL: server.url('source'),
      KAFKA_BROKERS: broker.brokers,
      NODE_OPTIONS: FUNCTION_NODE_OPTIONS,
    };
    const load = (name: string) => runOneLoad(requestOf(name), directory, env);
    const few = await load('bench.few');
    const rounds: Round[] = [];
    for (let round = 0; round < RUNS; round += 1) {
      rounds.push({
        load: await load('bench.rows'),
        source: await sourceAlone(server.url('source'), { table: 'bench.rows', rows: ROWS }),
        producer: await producerPerfTest(installation, broker, ROWS),
        debezium: await debeziumSnapshot(server, broker, { table: 'bench.rows', rows: ROWS }),
      });
      console.error(table(HEAD, [rowOf(`run ${round + 1}`, rounds.slice(-1))]));
    }
    report(rounds, few);
  } finally {
    await broker.stop();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

interface Round {
  load: OneLoad;
  /** Records a second. */
  source: number;
  producer: number;
  debezium: number;
}

function requestOf(name: string): object {
  return {
    dataset: 'bench',
    consumer: 'bench',
    source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: [name] },
    topics: { brokers: 'env:KAFKA_BROKERS', tables: {} },
    kafka: { partitions: PARTITIONS },
  };
}

const HEAD = ['records/s', 'feed', 'source alone', 'producer-perf-test', 'Debezium', 'CPU s of the feed'];

function rowOf(name: string, rounds: Round[]): string[] {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  return [
    name,
    of(({ load }) => ROWS / load.moveSeconds).toFixed(0),
    of(({ source }) => source).toFixed(0),
    of(({ producer }) => producer).toFixed(0),
    of(({ debezium }) => debezium).toFixed(0),
    of(({ load }) => load.moveCpuSeconds).toFixed(2),
  ];
}

function report(rounds: Round[], few: OneLoad): void {
  const ratio = (rival: (round: Round) => number) =>
    median(rounds.map((round) => ROWS / round.load.moveSeconds / rival(round))).toFixed(2);
  const peak = Math.max(...rounds.map(({ load }) => load.peakMegabytes));
  console.log(table(HEAD, [rowOf(`median of ${RUNS}`, rounds)]));
  console.log('');
  console.log(
    table(
      ['', 'measured', 'asked'],
      [
        ['feed / producer-perf-test', ratio(({ producer }) => producer), 'at least 0.50'],
        ['feed / Debezium', ratio(({ debezium }) => debezium), 'at least 3'],
        ['feed / source alone', ratio(({ source }) => source), ''],
        [`peak MB of the load of ${ROWS} rows`, peak.toFixed(0), 'below 250'],
        [`peak MB of a load of ${FEW} rows`, few.peakMegabytes.toFixed(0), ''],
      ],
    ),
  );
}

await main();
