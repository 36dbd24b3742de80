import { Cluster } from '../../kafka/cluster.ts';
import { explainKafka } from '../../kafka/errors.ts';
import type { KafkaAddress } from '../../kafka/kafka-address.ts';
import { withTopicChanges, type TopicChanges } from '../../kafka/topic-changes.ts';
import { withAdmin, type TopicAdmin } from '../../kafka/topics.ts';
import type { Load } from '../../services.ts';

const FIELD = 'topics.brokers';

/** The brokers of the request's topics. */
async function brokersOf({ request, services }: Load): Promise<KafkaAddress> {
  if (!request.topics) throw new Error('The request names no topics.');
  return services.resolveBrokers(request.topics.brokers, FIELD);
}

/** @param doing what is said of a failure first; @throws what explainKafka makes of it */
export async function onCluster<T>(load: Load, doing: string, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = new Cluster(await brokersOf(load), `initial-load ${load.loadId}`);
  try {
    return await work(cluster);
  } catch (error) {
    throw explainKafka(error, doing);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

/** @param doing as above */
export async function asAdmin<T>(load: Load, doing: string, work: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  try {
    return await withAdmin(await brokersOf(load), work);
  } catch (error) {
    throw explainKafka(error, doing);
  }
}

/** Makes and removes topics. @param doing as above */
export async function changingTopics<T>(
  load: Load,
  doing: string,
  work: (topics: TopicChanges) => Promise<T>,
): Promise<T> {
  try {
    return await withTopicChanges(await brokersOf(load), work);
  } catch (error) {
    throw explainKafka(error, doing);
  }
}
