import { expect } from '@jest/globals';
import { listTransactionsV1, type Admin } from '@platformatic/kafka';
import { partitionOf } from '../../src/kafka/partition-of.ts';
import type { ConsumedMessage } from './console-consumer.ts';
import type { TestKafka } from './kafka.ts';
import type { TestDatabase } from './postgres.ts';

const OPEN_STATES: Parameters<typeof listTransactionsV1.api.async>[1] = ['ONGOING', 'PREPARE_ABORT', 'COMMITTING'];

/** What Kafka's own consumer reads of a topic that a load has fed. */
export interface LoadedTopic {
  rows: ConsumedMessage[];
  /** By partition; undefined where there is none. */
  sentinels: (ConsumedMessage | undefined)[];
}

/** The rows, each with the load's mark; of the sentinels one in each partition, after everything else. */
async function readLoadedTopic(
  kafka: TestKafka,
  { topic, ...of }: { topic: string; loadId: string; partitions: number },
): Promise<LoadedTopic> {
  return sortMessages(await kafka.consumeAll(topic), of);
}

/** Several of them at once, told apart by the columns of their rows. @param columns of each table */
export async function readLoadedTopics<Table extends string>(
  kafka: TestKafka,
  {
    topics,
    columns,
    ...of
  }: { topics: string[]; columns: Record<Table, string[]>; loadId: string; partitions: number },
): Promise<Record<Table, LoadedTopic>> {
  const byTable = Object.groupBy(await kafka.consumeAll(...topics), ({ key, value, headers }) => {
    const fields = JSON.parse(value ?? '') as Record<string, unknown>;
    if (key === null && headers[0]?.[1] === `${of.loadId} end`) return String(fields['table']);
    return Object.keys(fields).join();
  });
  const tables = Object.entries<string[]>(columns).map(([table, names]): [string, LoadedTopic] => {
    const messages = [...(byTable[names.join()] ?? []), ...(byTable[table] ?? [])];
    return [table, sortMessages(messages, of)];
  });
  const sorted = Object.fromEntries(tables) as Record<Table, LoadedTopic>;
  const known = Object.entries<string[]>(columns).flatMap(([table, names]) => [table, names.join()]);
  expect(Object.keys(byTable).filter((group) => !known.includes(group))).toEqual([]);
  return sorted;
}

function sortMessages(
  messages: ConsumedMessage[],
  { loadId, partitions }: { loadId: string; partitions: number },
): LoadedTopic {
  const marked = (mark: string) =>
    messages.filter(
      ({ headers }) => JSON.stringify(headers) === JSON.stringify([['initial-load', `${loadId} ${mark}`]]),
    );
  const [rows, ends] = [marked('row'), marked('end')];
  expect(messages).toHaveLength(rows.length + ends.length);
  expect(ends.map(({ partition }) => partition)).toEqual([...new Set(ends.map(({ partition }) => partition))]);
  const sentinels = Array.from({ length: partitions }, (_, index) => ends.find(({ partition }) => partition === index));
  for (const { partition, offset } of rows) {
    expect(offset).toBeLessThan(sentinels[partition]?.offset ?? Infinity);
  }
  return { rows, sentinels };
}

/** The topic of a table holds what the source holds: every row once, by key in the partition that Kafka's producers choose. */
export async function expectTopicEquals(
  kafka: TestKafka,
  source: TestDatabase,
  { table, key, ...of }: { table: string; key: string[]; topic: string; loadId: string; partitions: number },
): Promise<void> {
  const { rows, sentinels } = await readLoadedTopic(kafka, of);
  const keyed =
    key.length > 0 ? `(select row_to_json(k)::text from (select ${key.map((name) => `t.${name}`).join()}) k)` : 'null';
  const wanted = await source.query<{ key: string | null; value: string }>(
    `set timezone = 'UTC'; select ${keyed} as key, row_to_json(t)::text as value from ${table} t`,
  );
  const shown = (row: { key: string | null; value: string | null }) => `${row.key} ${row.value}`;
  expect(rows.map(shown).sort()).toEqual(wanted.map(shown).sort());
  for (const row of rows) {
    if (row.key !== null) expect(row.partition).toBe(partitionOf(Buffer.from(row.key), of.partitions));
  }
  for (const sentinel of sentinels) {
    expect(sentinel?.key).toBeNull();
    expect(JSON.parse(sentinel?.value ?? '')).toEqual({ loadId: of.loadId, table, rows: wanted.length });
  }
}

/** What there is on the brokers besides what is theirs: topics, groups, and transactions that are open. */
export async function listOnBrokers({ admin }: TestKafka): Promise<string[]> {
  const topics = (await admin.listTopics()).map((topic) => `topic ${topic}`);
  const groups = [...(await admin.listGroups()).keys()].filter((group) => !group.startsWith('console-'));
  return [...topics, ...groups.map((group) => `group ${group}`), ...(await listOpenTransactions(admin))].sort();
}

async function listOpenTransactions(admin: Admin): Promise<string[]> {
  const open: string[] = [];
  for (const connection of (await admin.connectToBrokers()).values()) {
    const { transactionStates } = await listTransactionsV1.api.async(connection, OPEN_STATES, [], -1n, null);
    open.push(...transactionStates.map((found) => `transaction ${found.transactionalId} ${found.transactionState}`));
  }
  return open;
}
