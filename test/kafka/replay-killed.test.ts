import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { randomFrom } from '../local/moving-table.ts';
import { start, type Started } from '../local/processes.ts';
import { openKafkaProxy, type Frame, type KafkaProxy, type Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers, listOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { Changer, foldOf, PublishedTable } from './published-table.ts';

const SEED = 20_270_206;
const ROWS = 2_000;
const KILLS = 8;
/** Frames between a replay and its broker, from begin to end, more or less. */
const FRAMES = 400;

describe('a replay that is killed', () => {
  const databases = openTestDatabases();
  let kafka: TestKafka;
  let proxy: KafkaProxy;
  let source: TestDatabase;
  let directory: string;
  const running: Started[] = [];
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    kafka = await openTestKafka();
    proxy = await openKafkaProxy(kafka.server);
    source = await databases.createDatabase();
  });
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'initial-load-replay-'));
  });
  afterEach(async () => {
    for (const { child } of running.splice(0)) child.kill('SIGKILL');
    // A test that has failed leaves nobody who still writes.
    for (const stop of stops.splice(0)) await stop();
    await rm(directory, { recursive: true, force: true });
  });
  afterAll(async () => {
    await proxy.close();
    await kafka.close();
    await databases.dropAll();
  });

  /** The same command every time, as a person would type it. */
  function run(): Started {
    const words = ['run', join(directory, 'request.json'), '--local', '--store', join(directory, 'store')];
    const env = { SOURCE_URL: source.url, BROKERS: proxy.brokers, NODE_COMPILE_CACHE: join(directory, 'compiled') };
    const started = start([...words, '--load-id', 'replayed', '--json'], env);
    running.push(started);
    return started;
  }

  function writeRequest({ request }: PublishedTable): Promise<void> {
    const { tables, topics } = request;
    const whole = {
      dataset: 'hr',
      consumer: 'mailer',
      source: { engine: 'postgres', connection: 'env:SOURCE_URL', tables },
      topics,
      strategy: 'replay',
      acceptReplay: true,
      limits: { maxRecordsPerSecond: 100_000 },
      kafka: { chunkRows: 50 },
    };
    return writeFile(join(directory, 'request.json'), JSON.stringify(whole));
  }

  async function expectReplayed(table: PublishedTable, result: LoadResult): Promise<void> {
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    const messages = await table.messages();
    const rows = messages.filter(({ headers }) => headers.some(([, value]) => value === 'replayed row'));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(rows.length);
    expect(foldOf(messages)).toEqual(await table.rows());
  }

  function changing(table: PublishedTable): { stop(): Promise<void> } {
    const ids = Array.from({ length: ROWS }, (_, index) => index + 1);
    const changers = [0, 1].map((at) => new Changer(table, { seed: at, of: ids.filter((id) => id % 20 === at) }));
    return { stop: async () => void (await Promise.all(changers.map((changer) => changer.stop()))) };
  }

  test(`goes on with the same command, killed at ${KILLS} seeded moments while others change rows`, async () => {
    const random = randomFrom(SEED);
    let killed = 0;
    for (let loads = 0; killed < KILLS && loads < KILLS; loads += 1) {
      const table = await PublishedTable.make(kafka, source, ROWS);
      const found = await listOnBrokers(kafka);
      await writeRequest(table);
      const changes = changing(table);
      stops.push(() => changes.stop());
      let end: Awaited<Started['ended']> | undefined;
      while (end?.status !== 0) {
        const moment = killed < KILLS ? 1 + Math.floor(random() * FRAMES) : Infinity;
        let frames = 0;
        let kills = () => {};
        proxy.judge = (): Verdict => {
          if ((frames += 1) === moment) kills();
          return 'pass';
        };
        const { child, ended } = run();
        kills = () => child.kill('SIGKILL');
        end = await ended;
        if (end.signal === 'SIGKILL') killed += 1;
        else if (end.status !== 0) throw new Error(`It ended with ${end.status}: ${end.stderr}${end.stdout}`);
      }
      await changes.stop();
      await expectReplayed(table, JSON.parse(end.stdout) as LoadResult);
      await expectOnBrokers(kafka, found);
      await table.close();
      await rm(join(directory, 'store'), { recursive: true });
    }
    expect(killed).toBeGreaterThanOrEqual(KILLS);
  }, 600_000);

  test('stopped in the middle of a chunk and continued after another took over, commits nothing more', async () => {
    const table = await PublishedTable.make(kafka, source, ROWS);
    const found = await listOnBrokers(kafka);
    await writeRequest(table);
    const changes = changing(table);
    stops.push(() => changes.stop());
    const stopped = new Promise<void>((resolve) => {
      let chunks = 5;
      proxy.judge = ({ what, api }: Frame): Verdict => {
        if (what === 'answer' && api === 'Produce' && (chunks -= 1) === 0) {
          first.child.kill('SIGSTOP');
          resolve();
        }
        return 'pass';
      };
    });
    const first = run();
    await stopped;
    const second = await run().ended;
    if (second.status !== 0)
      throw new Error(`The second ended with ${second.status}: ${second.stderr}${second.stdout}`);
    await changes.stop();
    const ends = await kafka.endsOf(table.topic);
    first.child.kill('SIGCONT');
    expect(await first.ended).toMatchObject({ status: 1 });
    expect(await kafka.endsOf(table.topic)).toEqual(ends);
    await expectReplayed(table, JSON.parse(second.stdout) as LoadResult);
    await expectOnBrokers(kafka, found);
    await table.close();
  }, 300_000);
});
