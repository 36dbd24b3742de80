import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { startPostgres, type PostgresServer } from '../../local/postgres-server.ts';
import { startDebezium } from '../support/debezium.ts';
import { EVERY_TYPE, OTHER_TABLES } from '../support/debezium-types.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { TopicRuns, type TopicRun } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

/** In the order in which they are loaded; of a table without rows Debezium makes no topic. */
const TABLES = ['hr.types', 'hr.keys', 'hr.empty', 'hr.keyless', 'hr.one'];
const MARKS = {
  'hr.types': ['first', ...Array(8).fill('true'), 'last_in_data_collection'],
  'hr.keys': ['first_in_data_collection', 'true', 'true', 'last_in_data_collection'],
  'hr.keyless': ['first_in_data_collection', 'true', 'last_in_data_collection'],
  'hr.one': ['last'],
};
const ROWS = { 'hr.types': 10, 'hr.keys': 4, 'hr.keyless': 3, 'hr.one': 1 };

interface Envelope {
  before: unknown;
  after: Record<string, unknown>;
  source: Record<string, unknown>;
  op: string;
}
interface Published {
  key: string | null;
  /** With its schema, where it has one. */
  record: { schema?: unknown; payload: Envelope };
}

let kafka: TestKafka;
let postgres: PostgresServer;
let runs: TopicRuns;
beforeAll(async () => {
  [kafka, postgres] = await Promise.all([openTestKafka(), startPostgres({ settings: { wal_level: 'logical' } })]);
  const { port, user, password } = postgres;
  const address = { engine: 'postgres' as const, host: '127.0.0.1', port, database: 'postgres', user, password };
  runs = await TopicRuns.open(kafka, { address });
  await query(EVERY_TYPE + OTHER_TABLES);
});
afterAll(async () => {
  await runs.close();
  await Promise.all([kafka.close(), postgres.stop()]);
});

async function query(sql: string): Promise<void> {
  const client = new Client({ connectionString: postgres.url('postgres') });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

async function read(topic: string): Promise<Published[]> {
  return (await kafka.consumeAll(topic))
    .filter(({ headers }) => !headers.some(([, value]) => value?.endsWith(' end')))
    .map(({ key, value }) => {
      const record = JSON.parse(value!) as { payload?: Envelope } & Envelope;
      return { key, record: record.payload ? (record as Published['record']) : { payload: record } };
    });
}

/** Debezium's own snapshot of the tables, as live topics `<name>.hr.…`. */
async function snapshotByDebezium(
  name: string,
  settings: Record<string, string>,
  schemas: boolean,
): Promise<Map<string, Published[]>> {
  const debezium = await startDebezium({
    kafka,
    postgres,
    database: 'postgres',
    tables: 'hr[.].*',
    slot: name,
    topicPrefix: name,
    settings: { 'snapshot.mode': 'initial', ...settings },
    worker: {
      'key.converter.schemas.enable': String(schemas),
      'value.converter.schemas.enable': String(schemas),
    },
  });
  try {
    for (const [table, rows] of Object.entries(ROWS)) await untilPublished(`${name}.${table}`, rows);
  } finally {
    await debezium.stop();
  }
  const published = new Map<string, Published[]>();
  for (const table of TABLES) if (table !== 'hr.empty') published.set(table, await read(`${name}.${table}`));
  return published;
}

async function untilPublished(topic: string, records: number): Promise<void> {
  const isThere = async () =>
    (await kafka.admin.listTopics()).includes(topic) && (await kafka.endsOf(topic))[0] === BigInt(records);
  while (!(await isThere())) await delay(100);
}

/** A load beside those live topics. */
async function load(loadId: string, live: string | undefined, more: Partial<TopicRun> = {}) {
  const fed = new Map<string, Published[]>();
  const readAll = async () => {
    for (const { table, topic } of await runs.topicsOf(loadId)) fed.set(table, await read(topic));
  };
  let reading: Promise<void> | undefined;
  const tables = Object.fromEntries(Object.keys(ROWS).map((table) => [table, `${live}.${table}`]));
  const { result, failure } = await runs.run({
    loadId,
    request: {
      source: { engine: 'postgres', connection: 'env:SOURCE', tables: TABLES },
      topics: { brokers: 'env:BROKERS', tables: live === undefined ? {} : tables, consumerGroup: 'mailer' },
      // Tables end where a chunk does.
      kafka: { chunkRows: 2, partitions: 1, ...(live === undefined && { format: 'debezium' }) },
    },
    ...more,
    // Asked again while it reads.
    whenAwaited: async () => {
      await (reading ??= readAll());
      await runs.commitBeyondSentinels(loadId);
    },
  });
  expect(failure).toBeUndefined();
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  return { fed, reasons: result!.plan!.reasons };
}

function byKey(published: Published[]): unknown[] {
  return published
    .map(({ key, record: { schema, payload } }) => ({ key, schema, after: payload.after }))
    .toSorted((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
}

function marksOf(fed: Map<string, Published[]>): Record<string, unknown[]> {
  const marks = Object.keys(ROWS).map((table) => [
    table,
    fed.get(table)!.map(({ record }) => record.payload.source['snapshot']),
  ]);
  return Object.fromEntries(marks) as Record<string, unknown[]>;
}

describe('what is fed in Debezium’s format is what Debezium’s own snapshot of the same rows is:', () => {
  test.each<[string, Record<string, string>, boolean]>([
    ['defaults', { 'decimal.handling.mode': 'precise' }, true],
    ['strings', { 'decimal.handling.mode': 'string' }, false],
    [
      'doubles',
      { 'decimal.handling.mode': 'double', 'time.precision.mode': 'connect', 'binary.handling.mode': 'hex' },
      true,
    ],
  ])('%s', async (name, settings, schemas) => {
    const published = await snapshotByDebezium(name, settings, schemas);
    const { fed, reasons } = await load(`like-${name}`, name);
    for (const [table, records] of published) {
      expect([table, byKey(fed.get(table)!)]).toEqual([table, byKey(records)]);
      const [ours, theirs] = [fed.get(table)![0]!.record.payload, records[0]!.record.payload];
      expect(Object.keys(ours)).toEqual(Object.keys(theirs));
      expect(Object.keys(ours.source)).toEqual(Object.keys(theirs.source));
      for (const field of ['version', 'connector', 'name', 'db', 'schema', 'table'])
        expect([field, ours.source[field]]).toEqual([field, theirs.source[field]]);
      expect(ours).toMatchObject({ before: null, op: 'r', source: { lsn: expect.any(Number) } });
    }
    expect(marksOf(fed)).toEqual(MARKS);
    expect(reasons.join('\n')).toContain("hr.types is written in Debezium's envelope");
  });
});

test('a record is the same whoever writes it: a load that is cut off feeds what one in a single go does', async () => {
  let produced = 0;
  const { fed } = await load('cut-off', undefined, {
    onFrame: ({ what, api }) => {
      if (what === 'request' && api === 'Produce' && [3, 7].includes((produced += 1))) return 'cut';
      return undefined;
    },
  });
  expect(produced).toBeGreaterThan(9);
  expect(marksOf(fed)).toEqual(MARKS);
  const blocks = [...fed.values()].flat().map(({ record }) => ({ ...record.payload.source, snapshot: '', table: '' }));
  expect(new Set(blocks.map((block) => JSON.stringify(block))).size).toBe(1);
});
