import { createTopicsV7, deleteTopicsV6 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { unlessSaid } from './errors.ts';
import type { TopicChanges } from './topic-changes.ts';

const TIMEOUT_MILLISECONDS = 30_000;

/** Through the brokers' own admin API, which answers when it is done. */
export function brokerTopics(cluster: Cluster): TopicChanges {
  return {
    async createTopic({ name, partitions, replicas, configs }) {
      const topic = {
        name,
        numPartitions: partitions,
        replicationFactor: replicas,
        assignments: [],
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      };
      await unlessSaid('TOPIC_ALREADY_EXISTS', async () =>
        createTopicsV7.api.async(await cluster.controller(), [topic], TIMEOUT_MILLISECONDS, false),
      );
      return true;
    },
    async deleteTopic(name) {
      await unlessSaid('UNKNOWN_TOPIC_OR_PARTITION', async () =>
        deleteTopicsV6.api.async(await cluster.controller(), [{ name }], TIMEOUT_MILLISECONDS),
      );
      return undefined;
    },
  };
}
