import { Cluster } from './cluster.ts';
import { brokerTopics } from './broker-topics.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { isServedByMsk, mskTopics } from './msk-topics.ts';

export interface NewTopic {
  name: string;
  partitions: number;
  replicas: number;
  configs: Record<string, string>;
}

/** Topics are made and removed step by step: each call asks for what is still to be asked for, and says how far it is. */
export interface TopicChanges {
  /** One that has this name already is taken for the caller's own. @returns whether it can be written to; else call again */
  createTopic(topic: NewTopic): Promise<boolean>;
  /** Gone is success. @returns what still keeps it there, in a few words; else it is gone */
  deleteTopic(name: string): Promise<string | undefined>;
}

const CLIENT_ID = 'initial-load';

/**
 * Whoever makes and removes topics on this cluster, for the time of some work: Amazon MSK's own API where its ARN was given,
 * else the brokers themselves. Errors are the client's own, or say what they mean: see explainKafka.
 */
export async function withTopicChanges<T>(
  address: KafkaAddress,
  work: (topics: TopicChanges) => Promise<T>,
): Promise<T> {
  const { clusterArn } = address;
  const cluster = new Cluster(address, CLIENT_ID);
  try {
    const byMsk = clusterArn !== undefined && (await isServedByMsk(clusterArn));
    return await work(byMsk ? mskTopics(clusterArn, cluster) : brokerTopics(cluster));
  } finally {
    await cluster.close();
  }
}
