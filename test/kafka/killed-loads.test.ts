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
import { listOnBrokers, readLoadedTopics, type LoadedTopic } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

const SEED = 20_270_122;
const KILLS = 30;
const KILLS_A_LOAD = 15;
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
const COLUMNS = {
  'hr.employees': ['id', 'email', 'note'],
  'hr.contracts': ['id', 'employee', 'pay'],
  'hr.log': ['line'],
};

const request = {
  dataset: 'hr',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables: Object.keys(COLUMNS) },
  topics: { brokers: 'env:BROKERS', tables: {}, consumerGroup: 'mailer' },
  kafka: { chunkRows: 150, partitions: PARTITIONS },
  strategy: 'kafka-topic',
};
type Read = Record<keyof typeof COLUMNS, LoadedTopic>;
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
    // Most of what a process takes is reading its own program.
    const env = {
      SOURCE_URL: source.url,
      BROKERS: proxy.brokers,
      NODE_COMPILE_CACHE: join(directory, 'compiled'),
    };
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

  async function readTopics(loadId: string): Promise<Read> {
    const topics = (await topicsOf(loadId)).map(({ topic }) => topic);
    return readLoadedTopics(kafka, { topics, columns: COLUMNS, loadId, partitions: PARTITIONS });
  }

  async function endsOfTopics(loadId: string): Promise<bigint[]> {
    return (await Promise.all((await topicsOf(loadId)).map(({ topic }) => kafka.endsOf(topic)))).flat();
  }

  async function expectRead(read: Read, moving?: MovingTable): Promise<void> {
    for (const table of ['employees', 'contracts'] as const) {
      const rows = read[`hr.${table}`].rows.map(({ key, value }) => ({ id: idOf(key), state: value! }));
      await moving?.expectCopied(table, rows);
    }
    const lines = read['hr.log'].rows.map(({ value }) => value!).sort();
    const wanted = await source.query<{ line: string }>(`select ${jsonOf('l')} as line from hr.log l`);
    expect(lines).toEqual(wanted.map(({ line }) => line).sort());
    for (const { sentinels } of Object.values(read)) expect(sentinels).not.toContain(undefined);
  }

  test(`goes on with the same command, killed at ${KILLS} seeded moments while others write`, async () => {
    const random = randomFrom(SEED);
    let [killed, loads] = [0, 0];
    const moments: string[] = [];
    for (; killed < KILLS && loads < MOST_LOADS; loads += 1) {
      const loadId = `killed-${loads}`;
      const moving = new MovingTable(source, randomFrom(SEED + loads), ROWS, jsonOf);
      const writing = moving.write();
      let read: Read | undefined;
      let ends: bigint[] = [];
      whenAwaited = async () => {
        if (read === undefined) {
          read = await readTopics(loadId);
          ends = await endsOfTopics(loadId);
          await commitBeyondSentinels(loadId);
        }
        expect(await endsOfTopics(loadId)).toEqual(ends);
      };
      let status: number | null = null;
      for (let kill = 0; kill < KILLS_A_LOAD && killed < KILLS && status === null; kill += 1) {
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
      await expectRead(read!, moving);
      expect(await listOnBrokers(kafka)).toEqual(['group mailer']);
    }
    console.log(`${killed} kills in ${loads} loads: ${[...new Set(moments)].join(', ')}`);
    expect(killed).toBeGreaterThanOrEqual(KILLS);
  }, 600_000);

  test('stopped in the middle of a chunk and continued after another took over, writes nothing more', async () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 2; round += 1) {
      const loadId = `stopped-${round}`;
      const stops = new Promise<void>((resolve) => {
        let chunks = 1 + Math.floor(random() * 20);
        onFrame = ({ what, api }) => {
          // Between the rows of a chunk and its end.
          if (what === 'answer' && api === 'Produce' && (chunks -= 1) === 0) {
            first.child.kill('SIGSTOP');
            resolve();
          }
        };
      });
      const first = run(loadId);
      await Promise.race([stops, first.ended]);
      onFrame = () => {};
      let firstEnd: Awaited<typeof first.ended> | undefined;
      whenAwaited = async () => {
        await expectRead(await readTopics(loadId));
        const ends = await endsOfTopics(loadId);
        first.child.kill('SIGCONT');
        firstEnd = await first.ended;
        expect(await endsOfTopics(loadId)).toEqual(ends);
        await commitBeyondSentinels(loadId);
      };
      const second = await run(loadId).ended;
      if (second.status !== 0)
        throw new Error(`The second ended with ${second.status}: ${second.stderr}${second.stdout}`);
      expect(firstEnd).toMatchObject({ status: 1 });
      expect(firstEnd!.stderr + firstEnd!.stdout).toMatch(/attempt 1|took over|has begun/i);
      expect(await listOnBrokers(kafka)).toEqual(['group mailer']);
    }
  }, 300_000);
});

function idOf(key: string | null): number {
  return (JSON.parse(key ?? '{}') as { id: number }).id;
}
