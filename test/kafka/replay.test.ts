import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Load } from '../../src/services.ts';
import { replayedTopicsDocument, verificationDocument } from '../../src/store/documents.ts';
import type { ConsumedMessage } from '../support/console-consumer.ts';
import { openKafkaProxy, type KafkaProxy, type Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { listOnBrokers } from '../support/loaded-topics.ts';
import {
  advanceAll,
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
import { Changer, foldOf, PublishedTable } from './published-table.ts';

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
    process.stderr.write(
      `${changes} changes, ${marked(messages, load, 'row').length} rows, ${marked(messages, load, 'again').length} events again\n`,
    );
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
    expect(valuesOf('{"id":4}')).toEqual(['{"id":4,"gone":true}', null]);
    expect(foldOf(messages)).toEqual(await table.rows());
    await table.close();
  });
});
