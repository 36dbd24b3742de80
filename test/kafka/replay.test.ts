import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { partitionOf } from '../../src/kafka/partition-of.ts';
import type { Load } from '../../src/services.ts';
import type { StepAnswer } from '../../src/step.ts';
import { replayedTopicsDocument, verificationDocument, waitingForDocument } from '../../src/store/documents.ts';
import type { ConsumedMessage } from '../support/console-consumer.ts';
import { openKafkaProxy, type KafkaProxy, type Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { listOnBrokers } from '../support/loaded-topics.ts';
import {
  advanceAll,
  advanceOnce,
  loadAll,
  plannedLoad,
  provision,
  requestOf,
  setLoadStage,
  settleAndRestore,
  tearDown,
  verify,
  type LoadStage,
} from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { Changer, foldOf, olderRowsLeft, PublishedTable } from './published-table.ts';

jest.setTimeout(180_000);

const ROWS = 3_000;
const databases = openTestDatabases();
let kafka: TestKafka;
let proxy: KafkaProxy;
let source: TestDatabase;
let stage: LoadStage;
beforeAll(async () => {
  kafka = await openTestKafka();
  proxy = await openKafkaProxy(kafka.server);
  source = await databases.createDatabase();
  const brokers = { brokers: [proxy.brokers], security: { kind: 'plaintext' as const } };
  stage = await setLoadStage(source.address, source.address, { brokers });
});
afterAll(async () => {
  await stage.remove();
  await proxy.close();
  await kafka.close();
  await databases.dropAll();
});

let loads = 0;
function planned(
  { request }: PublishedTable,
  more: Record<string, unknown> = {},
  loadId = `replay-${(loads += 1)}`,
): Promise<Load> {
  const { tables, topics } = request;
  return plannedLoad(
    stage.services,
    requestOf(tables, {
      target: null,
      strategy: 'replay',
      acceptReplay: true,
      topics: { ...topics, consumerGroup: 'mailer' },
      limits: { maxRecordsPerSecond: 100_000 },
      ...more,
    }),
    loadId,
  );
}

function marked(messages: ConsumedMessage[], { loadId }: Load, mark: 'row' | 'again'): ConsumedMessage[] {
  return messages.filter(({ headers }) =>
    headers.some(([name, value]) => name === 'initial-load' && value === `${loadId} ${mark}`),
  );
}

describe('a replay', () => {
  test('puts every row into the live topic once, marked, and is verified; its checkpoints go, its records stay', async () => {
    const table = await PublishedTable.make(kafka, source, ROWS);
    const found = await listOnBrokers(kafka);
    const load = await planned(table);
    expect(await loadAll(load)).toBe(true);
    const messages = await table.messages();
    const rows = marked(messages, load, 'row');
    expect([messages.length, rows.length]).toEqual([ROWS, ROWS]);
    expect(foldOf(rows)).toEqual(await table.rows());
    expect(await load.documents.need(verificationDocument)).toMatchObject([
      { target: table.topic, sourceRows: ROWS, targetRows: ROWS },
    ]);
    const [replayed] = await load.documents.need(replayedTopicsDocument);
    expect(replayed!.partitions.reduce((sum, each) => sum + each.rows, 0)).toBe(ROWS);
    expect(await listOnBrokers(kafka)).toEqual(found);
    await table.close();
  });

  test('leaves no older row over a newer event, whoever changes what while it runs', async () => {
    const table = await PublishedTable.make(kafka, source, ROWS);
    const ids = Array.from({ length: ROWS }, (_, index) => index + 1);
    // A few rows are changed all the time.
    const changers = [0, 1, 2, 3].map(
      (at) => new Changer(table, { seed: at, of: ids.filter((id) => id % 4 === at && (id < 400 || id % 100 === at)) }),
    );
    const load = await planned(table, { kafka: { chunkRows: 100 } });
    await provision(load);
    await advanceAll(load);
    await settleAndRestore(load);
    expect(await verify(load)).toBe(true);
    for (const changer of changers) await changer.stop();
    await tearDown(load, 'succeeded');
    const changes = changers.reduce((sum, each) => sum + each.changes, 0);
    const messages = await table.messages();
    console.log(`${changes} changes, ${marked(messages, load, 'again').length} events said again`);
    expect(olderRowsLeft(messages)).toEqual([]);
    expect(marked(messages, load, 'again').length).toBeGreaterThan(0);
    expect(foldOf(messages)).toEqual(await table.rows());
    await table.close();
  });

  test('says an event again that came between a row that was read and its record', async () => {
    const table = await PublishedTable.make(kafka, source, 10);
    const load = await planned(table);
    await provision(load);
    let produced = 0;
    proxy.judge = async ({ what, api }): Promise<Verdict> => {
      if (what === 'request' && api === 'Produce' && (produced += 1) === 1) {
        await table.update(3);
        await table.delete(4);
        // As many rows as were read: then nothing has to be explained.
        await table.insert(11);
      }
      return 'pass';
    };
    await advanceAll(load);
    proxy.judge = () => 'pass';
    await settleAndRestore(load);
    expect(await verify(load)).toBe(true);
    await tearDown(load, 'succeeded');
    const messages = await table.messages();
    expect(marked(messages, load, 'row')).toHaveLength(10);
    const again = Object.groupBy(marked(messages, load, 'again'), ({ key }) => key ?? '');
    const valuesOf = (key: string) => again[key]?.map(({ value }) => value);
    expect(valuesOf('{"id":3}')).toEqual(['{"id":3,"version":1}']);
    expect(valuesOf('{"id":4}')).toEqual(['{"version":0,"gone":true,"id":4}', null]);
    expect(foldOf(messages)).toEqual(await table.rows());
    await table.close();
  });

  test('leaves out what the topic has told of already, as long as its writer may not be visible yet', async () => {
    const table = await PublishedTable.make(kafka, source, 10);
    const load = await planned(table);
    await provision(load);
    const writer = await table.beginUpdate(5);
    // Published, and not to be seen yet: as when a commit waits for a standby.
    await table.publish(5, { id: 5, version: 1 });
    await advanceAll(load);
    await writer.commit();
    await settleAndRestore(load);
    expect(await verify(load)).toBe(true);
    await tearDown(load, 'succeeded');
    const messages = await table.messages();
    expect(marked(messages, load, 'row').map(({ key }) => key)).not.toContain('{"id":5}');
    const [verified] = await load.documents.need(verificationDocument);
    expect(verified).toMatchObject({ sourceRows: 10, targetRows: 10, verified: true });
    expect(verified!.note).toContain('of 1 rows the live topic had told');
    expect(foldOf(messages)).toEqual(await table.rows());
    await table.close();
  });

  test.each([
    ['commits', true, ['{"id":2,"version":1}']],
    ['aborts', false, []],
  ])('waits for a publisher that %s its transaction', async (_how, commits, wanted) => {
    const table = await PublishedTable.make(kafka, source, 10);
    const load = await planned(table);
    await provision(load);
    let ended: Promise<void> | undefined;
    proxy.judge = async ({ what, api }): Promise<Verdict> => {
      if (what === 'request' && api === 'Produce' && !ended) {
        const transaction = await table.publishOpen(2, { id: 2, version: 1 });
        ended = new Promise((resolve) => setTimeout(resolve, 500)).then(() => transaction.end(commits));
      }
      return 'pass';
    };
    await advanceAll(load);
    proxy.judge = () => 'pass';
    await ended;
    await settleAndRestore(load);
    expect(await verify(load)).toBe(true);
    await tearDown(load, 'succeeded');
    const messages = await table.messages();
    expect(marked(messages, load, 'again').map(({ value }) => value)).toEqual(wanted);
    await table.close();
  });
});

describe('the consumers of a topic', () => {
  test('are listed in the plan, and one that is too far behind makes the replay pause until it has caught up', async () => {
    const table = await PublishedTable.make(kafka, source, ROWS);
    for (let id = 1; id <= 12; id += 1) await table.update(id);
    await table.commit('payroll', 0);
    await table.commit('mailer', 0);
    const load = await planned(table, { limits: { maxRecordsPerSecond: 100_000, maxConsumerLag: 10 } });
    expect(load.plan.reasons.join()).toMatch(
      /mailer \(Empty, 12 behind\), payroll \(Empty, 12 behind\)|payroll \(Empty, 12 behind\), mailer \(Empty, 12 behind\)/,
    );
    await provision(load);
    const [shard] = load.plan.shards;
    const paused = await advanceOnce(load, shard!, new Date(Date.now() + 60_000));
    expect(paused).toEqual({ status: 'working', waitSeconds: 15 });
    const { what } = await load.documents.need(waitingForDocument);
    expect(what).toBe(`other consumers to catch up: payroll is 12 records behind in ${table.topic}`);
    expect(await table.messages()).toHaveLength(12);
    // Whoever is behind by then pauses it again, and again.
    let answer: StepAnswer = paused;
    while (answer.status === 'working') {
      await table.commit('payroll');
      answer = await advanceOnce(load, shard!, new Date(Date.now() + 60_000));
    }
    expect(await load.documents.read(waitingForDocument)).toBeUndefined();
    await settleAndRestore(load);
    expect(await verify(load)).toBe(true);
    await tearDown(load, 'succeeded');
    expect(await table.consumed()).toEqual(await table.rows());
    await table.close();
  });

  test('get no more records a second than the request allows', async () => {
    const table = await PublishedTable.make(kafka, source, 300);
    const load = await planned(table, { limits: { maxRecordsPerSecond: 100 } });
    await provision(load);
    const begun = performance.now();
    await advanceAll(load);
    expect(performance.now() - begun).toBeGreaterThan(2_900);
    await tearDown(load, 'failed');
    await table.close();
  });
});

describe('a replay is ended', () => {
  test.each<[string, (table: PublishedTable) => Promise<unknown>, RegExp]>([
    ['without a key', (table) => table.publishAs(null, 0), /key null, which is no JSON object of id/],
    ['of another form', (table) => table.publishAs('7', 0), /key 7, which is no JSON object of id/],
    ['of more columns', (table) => table.publishAs('{"id":1,"at":2}', 0), /no JSON object of id: it can't be told/],
    [
      'where nobody would look for it',
      (table) => table.publishAs('{"id":1}', 1 - partitionOf(Buffer.from('{"id":1}'), 2)),
      /is not where Kafka's own producers put its key/,
    ],
  ])('by an event with a key %s', async (_how, publish, why) => {
    const table = await PublishedTable.make(kafka, source, 10);
    const load = await planned(table);
    await provision(load);
    proxy.judge = async ({ what, api }): Promise<Verdict> => {
      if (what === 'request' && api === 'Produce') await publish(table);
      return 'pass';
    };
    await expect(advanceAll(load)).rejects.toThrow(why);
    proxy.judge = () => 'pass';
    await tearDown(load, 'failed');
    // Nothing of it is committed.
    expect(marked(await table.messages(), load, 'row')).toEqual([]);
    await table.close();
  });

  test('by a topic that has got partitions', async () => {
    const table = await PublishedTable.make(kafka, source, 10);
    const load = await planned(table);
    await provision(load);
    await kafka.admin.createPartitions({ topics: [{ name: table.topic, count: 3, assignments: null }] });
    await expect(advanceAll(load)).rejects.toThrow(/has 3 partitions instead of 2: somebody else changed it/);
    await tearDown(load, 'failed');
    await table.close();
  });
});
