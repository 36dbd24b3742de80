import { afterAll, beforeAll } from '@jest/globals';
import { describeStrategyContract } from '../load/contract.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { openContractTopics } from '../support/topics-target.ts';

const PARTITIONS = 2;

let kafka: TestKafka;
beforeAll(async () => (kafka = await openTestKafka()));
afterAll(() => kafka.close());

// Chunks small enough that every test stops and goes on in the middle of a table.
describeStrategyContract('kafka-topic', {
  settings: {
    target: null,
    topics: { brokers: 'env:BROKERS', tables: {} },
    kafka: { chunkRows: 1_000, partitions: PARTITIONS },
  },
  openTarget: (_databases, source) => openContractTopics(kafka, source, PARTITIONS),
});
