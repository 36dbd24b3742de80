import { afterAll, beforeAll, expect } from '@jest/globals';
import { describeStrategyContract } from '../load/contract.ts';
import type { ContractTarget } from '../load/contract-target.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers, listOnBrokers } from '../support/loaded-topics.ts';
import { setLoadStage } from '../support/loads.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** The table without a key can't be replayed. */
const TABLES = ['hr.departments', 'hr.employees'];
const TOPICS = Object.fromEntries(TABLES.map((table) => [table, `live.${table}`]));

let kafka: TestKafka;
beforeAll(async () => (kafka = await openTestKafka()));
afterAll(() => kafka.close());

describeStrategyContract('replay', {
  tables: TABLES,
  settings: {
    target: null,
    acceptReplay: true,
    topics: { brokers: 'env:BROKERS', tables: TOPICS },
    limits: { maxRecordsPerSecond: 200_000 },
  },
  openTarget: (_databases, source) => openLiveTopics(source),
});

/** Live topics that nobody else publishes to, each time new ones. */
async function openLiveTopics(source: TestDatabase): Promise<ContractTarget> {
  const topics = Object.values(TOPICS);
  const there = await kafka.admin.listTopics();
  await kafka.admin.deleteTopics({ topics: topics.filter((topic) => there.includes(topic)) });
  await kafka.admin.createTopics({ topics, partitions: 2, replicas: 1 });
  const found = await listOnBrokers(kafka);
  const brokers = { brokers: [kafka.server.brokers], security: { kind: 'plaintext' as const } };
  return {
    stage: await setLoadStage(source.address, source.address, { brokers }),
    async expectEverythingOnce({ loadId }) {
      for (const table of TABLES) {
        const messages = await kafka.consumeAll(TOPICS[table]!);
        const rows = await source.query<{ row: string }>(`select row_to_json(t)::text as row from ${table} t`);
        expect(messages.map(({ value }) => String(value)).sort()).toEqual(rows.map(({ row }) => row).sort());
        const marks = new Set(messages.map(({ headers }) => JSON.stringify(headers)));
        expect([...marks]).toEqual([JSON.stringify([['initial-load', `${loadId} row`]])]);
      }
    },
    countRows: async () => (await kafka.consumeAll(...topics)).length,
    expectTornDown: () => expectOnBrokers(kafka, found),
  };
}
