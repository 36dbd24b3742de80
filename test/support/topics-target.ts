import { replicationTopic } from '../../src/kafka/replication-topic.ts';
import type { Load } from '../../src/services.ts';
import { CONTRACT_TABLES, type ContractTarget } from '../load/contract-target.ts';
import type { TestKafka } from './kafka.ts';
import { expectOnBrokers, expectTopicEquals, listOnBrokers } from './loaded-topics.ts';
import { setLoadStage } from './loads.ts';
import type { TestDatabase } from './postgres.ts';

const KEYS: Record<string, string[]> = { 'hr.departments': ['id'], 'hr.employees': ['id'], 'hr.log': [] };

/** Temporary topics on a real broker, as the contract's target: read by Kafka's own consumer while they are there. */
export async function openContractTopics(
  kafka: TestKafka,
  source: TestDatabase,
  partitions: number,
): Promise<ContractTarget> {
  const brokers = { brokers: [kafka.server.brokers], security: { kind: 'plaintext' as const } };
  const found = await listOnBrokers(kafka);
  const topicOf = ({ loadId, request }: Load, table: string) =>
    replicationTopic({ loadId, dataset: request.dataset }, table);
  return {
    stage: await setLoadStage(source.address, source.address, { brokers }),
    async expectEverythingOnce(load) {
      const { loadId } = load;
      await Promise.all(
        CONTRACT_TABLES.map((table) =>
          expectTopicEquals(kafka, source, {
            table,
            key: KEYS[table]!,
            topic: topicOf(load, table),
            loadId,
            partitions,
          }),
        ),
      );
    },
    async countRows(load) {
      const read = await Promise.all(CONTRACT_TABLES.map((table) => kafka.consumeAll(topicOf(load, table))));
      return read.flat().length;
    },
    async expectTornDown() {
      await expectOnBrokers(kafka, found);
    },
  };
}
