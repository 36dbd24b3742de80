import { Cluster } from '../../../src/kafka/cluster.ts';
import { withTopicChanges, type NewTopic } from '../../../src/kafka/topic-changes.ts';

/** What the stand-in does with the brokers behind it: their own admin API, or whatever a test has in its place. */
export interface BehindMsk {
  /** Undefined where there is no such topic. */
  partitionsOf(topic: string): Promise<number | undefined>;
  createTopic(topic: NewTopic): Promise<void>;
  deleteTopic(name: string): Promise<void>;
}

/** @param brokers `host:port,…`, reached in the clear */
export function realBrokers(brokers: string): BehindMsk {
  const address = { brokers: brokers.split(','), security: { kind: 'plaintext' as const } };
  return {
    async partitionsOf(topic) {
      const cluster = new Cluster(address, 'msk stand-in');
      try {
        return (await cluster.describeTopic(topic))?.leaders.length;
      } finally {
        await cluster.close();
      }
    },
    createTopic: (topic) => withTopicChanges(address, async (changes) => void (await changes.createTopic(topic))),
    deleteTopic: (name) => withTopicChanges(address, async (changes) => void (await changes.deleteTopic(name))),
  };
}
