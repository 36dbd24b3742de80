import { LoadFailedError, SupersededError } from '../../errors.ts';
import { Cluster } from '../../kafka/cluster.ts';
import { explainKafka } from '../../kafka/errors.ts';
import type { KafkaAddress } from '../../kafka/kafka-address.ts';
import { withTopicChanges, type TopicChanges } from '../../kafka/topic-changes.ts';
import { withAdmin, type TopicAdmin } from '../../kafka/topics.ts';
import type { Load } from '../../services.ts';
import { assertOpen } from '../assert-open.ts';

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

/**
 * As onCluster, for whoever writes to topics: closing a load fences who feeds it, and removes the topics then. When work fails
 * because of that, the closing is the truer cause.
 * @throws LoadClosedError, and SupersededError where a later attempt has begun
 */
export async function onClusterWhileOpen<T>(
  load: Load,
  doing: string,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  try {
    return await onCluster(load, doing, work);
  } catch (error) {
    if (error instanceof SupersededError || error instanceof LoadFailedError) await assertOpen(load);
    throw error;
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
