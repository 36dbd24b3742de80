import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { LoadDocuments, loadedTopicsDocument } from '../../src/store/documents.ts';
import { MovingTable, randomFrom } from '../local/moving-table.ts';
import { start, type Started } from '../local/processes.ts';
import { openKafkaProxy, type Frame, type KafkaProxy, type Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { listOnBrokers, readLoadedTopic } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

const SEED = 20_270_122;
const KILLS = 30;
const KILLS_A_LOAD = 10;
const MOST_LOADS = 12;
/** Frames between a load and its broker, from begin to end: moments for killing lie among them, as fast as they may come. */
const FRAMES = 300;
const PARTITIONS = 2;

const SCHEMA = `
  create schema hr;
  create table hr.employees (id int primary key, email text not null unique, note text);
  create table hr.contracts (id int primary key, employee int not null, pay numeric(10, 2));
  create table hr.log (line text);`;
const ROWS = 3_000;
const FILL = `
  insert into hr.employees select g, 'e' || g || '@example.com', repeat('ü', 20) from generate_series(1, ${ROWS}) g;
  insert into hr.contracts select g, g, g / 7.0 from generate_series(1, ${ROWS}) g;
  insert into hr.log select 'line ' || g % 50 from generate_series(1, 1000) g;
  analyze;`;
const TABLES = ['employees', 'contracts', 'log'] as const;

const request = {
  dataset: 'hr',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: TABLES.map((table) => `hr.${table}`) },
  topics: { brokers: 'env:BROKERS', tables: {}, consumerGroup: 'mailer' },
  kafka: { chunkRows: 150, partitions: PARTITIONS },
  strategy: 'kafka-topic',
};
const jsonOf = (row: string) => `row_to_json(${row})::text`;

describe('a load into topics that is killed', () => {
  const databases = openTestDatabases();
  let kafka: TestKafka;
  let proxy: KafkaProxy;
  let source: TestDatabase;
  let directory: string;
  let running: Started[] = [];
  /** Told of every frame that goes through the proxy. */
  let onFrame: (frame: Frame) => void | Promise<void> = () => {};
  /** While the load waits to hear how far its consumer is. */
  let whenAwaited: (loadId: string) => Promise<void> = async () => {};

  beforeAll(async () => {
    kafka = await openTestKafka();
    proxy = await openKafkaProxy(kafka.server);
  });
  beforeEach(async () => {
    source = await databases.createDatabase();
    await source.query(SCHEMA + FILL);
    directory = await mkdtemp(join(tmpdir(), 'initial-load-killed-'));
    await writeFile(join(directory, 'request.json'), JSON.stringify(request));
    running = [];
  });
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });
  afterAll(async () => {
    await proxy.close();
    await kafka.close();
    await databases.dropAll();
  });

  /** The same command every time, as a person would type it. */
  function run(loadId: string): Started {
    proxy.judge = async (frame): Promise<Verdict> => {
      await onFrame(frame);
      if (frame.api === 'OffsetFetch' && frame.what === 'request' && frame.bytes.includes('mailer'))
        await whenAwaited(loadId);
      return 'pass';
    };
    const words = ['run', join(directory, 'request.json'), '--local', '--store', join(directory, 'store')];
    const env = { SOURCE_URL: source.url, BROKERS: proxy.brokers };
    const started = start([...words, '--load-id', loadId, '--json'], env);
    running.push(started);
    return started;
  }

  async function topicsOf(loadId: string) {
    const documents = new LoadDocuments(new DirectoryStore(join(directory, 'store')), loadId);
    return documents.need(loadedTopicsDocument);
  }

  /** The consumer, who has read everything and says so. */
  async function commitBeyondSentinels(loadId: string): Promise<void> {
    for (const { topic, partitions } of await topicsOf(loadId)) {
      const offsets = partitions.map(({ sentinel }, partition) => ({ partition, offset: BigInt(sentinel + 1) }));
      await kafka.admin.alterConsumerGroupOffsets({
        groupId: 'mailer',
        topics: [{ name: topic, partitionOffsets: offsets }],
      });
    }
  }

  async function readTopics(loadId: string) {
    const topics = await topicsOf(loadId);
    const read = TABLES.map(async (table) => {
      const { topic } = topics.find((loaded) => loaded.table === `hr.${table}`)!;
      return readLoadedTopic(kafka, { topic, loadId, partitions: PARTITIONS });
    });
    const [employees, contracts, log] = await Promise.all(read);
    return { employees: employees!, contracts: contracts!, log: log! };
  }

  async function expectRead(topics: Awaited<ReturnType<typeof readTopics>>, moving?: MovingTable): Promise<void> {
    for (const table of ['employees', 'contracts'] as const) {
      const rows = topics[table].rows.map(({ key, value }) => ({ id: idOf(key), state: value! }));
      await moving?.expectCopied(table, rows);
    }
    const lines = topics.log.rows.map(({ value }) => value).sort();
    const wanted = await source.query<{ line: string }>(`select ${jsonOf('l')} as line from hr.log l`);
    expect(lines).toEqual(wanted.map(({ line }) => line).sort());
    for (const { sentinels } of Object.values(topics)) expect(sentinels).not.toContain(undefined);
  }

  test(`goes on with the same command, killed at ${KILLS} seeded moments while others write`, async () => {
    const random = randomFrom(SEED);
    let [killed, loads, read] = [0, 0, 0];
    const moments: string[] = [];
    for (; killed < KILLS && loads < MOST_LOADS; loads += 1) {
      const loadId = `killed-${loads}`;
      const moving = new MovingTable(source, randomFrom(SEED + loads), ROWS, jsonOf);
      const writing = moving.write();
      whenAwaited = async () => {
        await expectRead(await readTopics(loadId), moving);
        await commitBeyondSentinels(loadId);
        read += 1;
      };
      let status: number | null = null;
      for (let kill = 0; kill < KILLS_A_LOAD && status === null; kill += 1) {
        // Early moments more often: else a load would end after few of them.
        const moment = 1 + Math.floor(random() ** 2 * FRAMES);
        const isLost = random() < 0.5;
        let frames = 0;
        let kills = () => {};
        onFrame = (frame) => {
          if ((frames += 1) !== moment) return undefined;
          moments.push(`${frame.what} ${frame.api}`);
          kills();
          // Of what is not lost the process may still hear before it is gone.
          return isLost ? new Promise(() => {}) : undefined;
        };
        const { child, ended } = run(loadId);
        kills = () => child.kill('SIGKILL');
        const end = await ended;
        if (end.signal === 'SIGKILL') killed += 1;
        else if (end.status !== 0) throw new Error(`It ended with ${end.status}: ${end.stderr}${end.stdout}`);
        ({ status } = end);
      }
      onFrame = () => {};
      if (status === null) {
        const end = await run(loadId).ended;
        if (end.status !== 0) throw new Error(`It ended with ${end.status}: ${end.stderr}${end.stdout}`);
      }
      moving.stop();
      await writing;
      expect(read).toBeGreaterThan(loads);
      expect(await listOnBrokers(kafka)).toEqual(['group mailer']);
    }
    console.log(`${killed} kills in ${loads} loads: ${[...new Set(moments)].join(', ')}`);
    expect(killed).toBeGreaterThanOrEqual(KILLS);
  }, 600_000);
});

function idOf(key: string | null): number {
  return (JSON.parse(key ?? '{}') as { id: number }).id;
}
