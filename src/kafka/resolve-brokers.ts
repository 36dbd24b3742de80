import { regionOfCluster } from '../request/cluster-arn.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { kafkaAddressOf } from './kafka-reference.ts';

/** Where `topics.brokers` may lead to. */
export interface BrokerSources {
  /** @throws RequestError, TransientError */
  resolveSecret(reference: string, field: string): Promise<string>;
  /** By the ARN of an Amazon MSK cluster. @throws RequestError, TransientError */
  resolveCluster(arn: string, field: string): Promise<KafkaAddress>;
}

/** The brokers behind the ARN of a cluster, or behind a reference to text. @throws RequestError, TransientError */
export async function resolveBrokers(
  reference: string,
  field: string,
  { resolveSecret, resolveCluster }: BrokerSources,
): Promise<KafkaAddress> {
  if (regionOfCluster(reference) !== undefined) return resolveCluster(reference, field);
  return kafkaAddressOf(await resolveSecret(reference, field), { field, reference });
}
