import { setTimeout } from 'node:timers/promises';
import {
  ConfigResourceTypes,
  IncrementalAlterConfigOperationTypes,
  Producer,
  stringSerializers,
} from '@platformatic/kafka';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import { connect, type Client } from '../../src/databases/postgres/connection.ts';
import type { StitchPoint } from '../../src/model.ts';
import type { Load } from '../../src/services.ts';
import { stitchPointDocument } from '../../src/store/documents.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  requestOf,
  setLoadStage,
  settleAndRestore,
  verify,
  type LoadStage,
} from '../support/loads.ts';

const SCHEMA = 'create schema hr; create table hr.employees (id int primary key, name text)';
const SLOT = 'publisher';

let kafka: TestKafka;
let server: PostgresServer;
let source: Client;
let stage: LoadStage;
let topic: string;
let round = 0;
beforeAll(async () => {
  [kafka, server] = await Promise.all([openTestKafka(), startPostgres({ settings: { wal_level: 'logical' } })]);
});
afterAll(async () => {
  await kafka.close();
  await server.stop();
});
beforeEach(async () => {
  round += 1;
  topic = await kafka.createTopic({ partitions: 2 });
  for (const name of [`source${round}`, `target${round}`]) {
    await server.createDatabase(name);
    const client = await connect(addressOf(name), { applicationName: 'a test', field: name });
    await client.query(SCHEMA);
    if (name.startsWith('source')) source = client;
    else await client.end();
  }
  await source.query(`insert into hr.employees select g, 'name ' || g from generate_series(1, 10) g`);
  await source.query(`select pg_create_logical_replication_slot('${SLOT}', 'pgoutput')`);
  stage = await setLoadStage(addressOf(`source${round}`), addressOf(`target${round}`));
  stage.services.resolveBrokers = () =>
    Promise.resolve({ brokers: [kafka.server.brokers], security: { kind: 'plaintext' } });
});
afterEach(async () => {
  await source.query(`select pg_drop_replication_slot('${SLOT}')`);
  await source.end();
  await stage.remove();
});

function addressOf(database: string) {
  const { port, user, password } = server;
  return { engine: 'postgres' as const, host: '127.0.0.1', port, database, user, password };
}

async function publish(partition: number, events: number): Promise<void> {
  const producer = new Producer({
    clientId: 'publisher',
    bootstrapBrokers: [kafka.server.brokers],
    serializers: stringSerializers,
  });
  await producer.send({
    messages: Array.from({ length: events }, (_, at) => ({ topic, partition, key: `k${at}`, value: 'v' })),
  });
  await producer.close();
}

function planned(more: Record<string, unknown> = {}): Promise<Load> {
  const topics = { brokers: 'env:BROKERS', tables: { 'hr.employees': topic }, ...more };
  return plannedLoad(stage.services, requestOf(['hr.employees'], { topics }));
}

async function copied(load: Load): Promise<void> {
  await provision(load);
  await advanceAll(load);
  await settleAndRestore(load);
}

function certainty({ conditions }: StitchPoint, name: string): string | undefined {
  return conditions.find(({ condition }) => condition === name)?.certainty;
}

/** What the publisher confirms when Kafka has acknowledged everything. */
const confirm = () => source.query(`select pg_replication_slot_advance('${SLOT}', pg_current_wal_lsn())`);

test('the consumer starts where the live topic ended before the first read, and has converged where it ended after the last', async () => {
  await publish(0, 3);
  const load = await planned();
  await provision(load);
  await publish(0, 2);
  await publish(1, 4);
  await advanceAll(load);
  await settleAndRestore(load);
  expect(await verify(load)).toBe(true);
  const point = await load.documents.need(stitchPointDocument);
  expect(point.topics).toEqual([
    {
      table: 'hr.employees',
      topic,
      partitions: [
        { startAt: 3, convergedAt: 5 },
        { startAt: 0, convergedAt: 4 },
      ],
    },
  ]);
  for (const condition of ['topic-offsets', 'partitions-unchanged', 'start-retained', 'retention-outlasts'])
    expect([condition, certainty(point, condition)]).toEqual([condition, 'checked']);
  // Nobody says how far the publisher is.
  expect(certainty(point, 'publisher-passed')).toBe('unknown');
});

test('the end is only taken once the publisher has passed the last read', async () => {
  const load = await planned({ replicationSlot: SLOT });
  await copied(load);
  await source.query(`insert into hr.employees values (11, 'late')`);
  let ended = false;
  const verified = verify(load).finally(() => (ended = true));
  await setTimeout(1_500);
  expect(ended).toBe(false);
  await publish(1, 7);
  await confirm();
  await verified;
  const point = await load.documents.need(stitchPointDocument);
  expect(point.topics?.[0]?.partitions[1]).toEqual({ startAt: 0, convergedAt: 7 });
  expect(certainty(point, 'publisher-passed')).toBe('checked');
});

test('a publisher that stays behind is waited for some minutes, and then said to be unknown', async () => {
  const load = await planned({ replicationSlot: SLOT });
  await copied(load);
  await source.query(`insert into hr.employees values (11, 'late')`);
  const { now } = stage.services;
  const begun = now().getTime();
  // Each second is a minute.
  stage.services.now = () => new Date(begun + (now().getTime() - begun) * 60);
  await verify(load);
  expect(certainty(await load.documents.need(stitchPointDocument), 'publisher-passed')).toBe('unknown');
});

test('a live topic that holds its records for a day only may not outlast load and catch-up: the note says so', async () => {
  await kafka.admin.incrementalAlterConfigs({
    resources: [
      {
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: topic,
        configs: [
          { name: 'retention.ms', configOperation: IncrementalAlterConfigOperationTypes.SET, value: '86400000' },
        ],
      },
    ],
  });
  const load = await planned();
  await copied(load);
  await verify(load);
  const { conditions } = await load.documents.need(stitchPointDocument);
  const found = conditions.find(({ condition }) => condition === 'retention-outlasts');
  const note = expect.stringContaining(`${topic} (retention.ms: 24 h)`);
  expect(found).toMatchObject({ certainty: 'unknown', note });
});

test('a topic that lost its start, or got partitions, while the load ran is said so', async () => {
  await publish(0, 3);
  const load = await planned();
  await provision(load);
  await publish(0, 5);
  await advanceAll(load);
  await settleAndRestore(load);
  await kafka.admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 6n }] }] });
  const [broker] = (await kafka.admin.metadata({ topics: [topic] })).brokers.keys();
  await kafka.admin.createPartitions({ topics: [{ name: topic, count: 3, assignments: [{ brokerIds: [broker!] }] }] });
  await verify(load);
  const { conditions } = await load.documents.need(stitchPointDocument);
  for (const name of ['start-retained', 'partitions-unchanged']) {
    const found = conditions.find(({ condition }) => condition === name);
    expect([found?.certainty, found?.note]).toEqual(['unknown', expect.stringContaining(`except: ${topic}`)]);
  }
});
