import { startJsonService, type JsonService } from '../json-service.ts';
import { restJson } from '../rest-json.ts';
import type { BehindMsk } from './brokers.ts';
import { clusterOperations, type ClusterSetting } from './clusters.ts';
import { topicOperations } from './topics.ts';
import type { World } from './world.ts';

/**
 * A stand-in for Amazon MSK, not the service: one provisioned cluster, whose topics brokers really make and remove, and its
 * calls for them by the clock it is given. It knows nothing of consumers: that they are attached is a scripted fault.
 */
export interface MskStandIn extends JsonService {
  clusterArn: string;
}

export interface MskOptions extends Partial<ClusterSetting> {
  now(): Date;
  region: string;
  behind: BehindMsk;
  /** Until a topic is made or removed. */
  workSeconds?: number;
  /** By how much answers lag behind. */
  lagSeconds?: number;
}

const CLUSTER = 'cluster/stand-in/00000000-0000-4000-8000-000000000000-1';

export async function startMsk(options: MskOptions): Promise<MskStandIn> {
  const { now, region, behind, workSeconds = 20, lagSeconds = 60, offers = {}, kafkaVersion = '3.9.x' } = options;
  const clusterArn = `arn:aws:kafka:${region}:000000000000:${CLUSTER}`;
  const world: World = { now, clusterArn, behind, workSeconds, lagSeconds, topics: new Map(), due: [] };
  const model = await import('@aws-sdk/client-kafka');
  const service = await startJsonService({
    targetPrefix: 'kafka',
    protocol: restJson(model),
    model,
    operations: { ...clusterOperations(world, { offers, kafkaVersion }), ...topicOperations(world) },
    now,
    async vanish({ TopicName }) {
      if (typeof TopicName !== 'string') return;
      await behind.deleteTopic(TopicName);
      world.topics.delete(TopicName);
    },
  });
  return { ...service, clusterArn };
}
