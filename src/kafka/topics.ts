import { Admin, ConfigResourceTypes } from '@platformatic/kafka';
import { connectionOptionsOf } from './connection-options.ts';
import { says } from './errors.ts';
import type { KafkaAddress } from './kafka-address.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const CLIENT_ID = 'initial-load';

/** The brokers' own admin API, open for the time of some work. Errors are the client's own: see explainKafka. */
export async function withAdmin<T>(address: KafkaAddress, work: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = new Admin({
    clientId: CLIENT_ID,
    bootstrapBrokers: address.brokers,
    autocreateTopics: false,
    ...connectionOptionsOf(address.security),
  });
  try {
    return await work(adminOn(admin));
  } finally {
    await admin.close();
  }
}

export interface TopicAdmin {
  /** @returns whether it was made now: false when there is one of this name already */
  createTopic(topic: {
    name: string;
    partitions: number;
    replicas: number;
    configs: Record<string, string>;
  }): Promise<boolean>;
  /** Gone is success. @returns whether there was one */
  deleteTopic(name: string): Promise<boolean>;
  /** A topic's settings as they hold, by name. */
  configsOf(topic: string): Promise<Map<string, string>>;
  /** First and next offset, by partition. */
  offsetsOf(topic: string): Promise<{ first: number; next: number }[]>;
  /** What a group has committed of a topic, by partition; -1 where it has not. */
  committedOffsets(group: string, topic: string, partitions: number): Promise<number[]>;
  /** Gone is success. @returns whether there was one */
  deleteGroup(group: string): Promise<boolean>;
}

function adminOn(admin: Admin): TopicAdmin {
  return {
    async createTopic({ name, partitions, replicas, configs }) {
      const settings = Object.entries(configs).map(([key, value]) => ({ name: key, value }));
      try {
        await admin.createTopics({ topics: [name], partitions, replicas, configs: settings });
        return true;
      } catch (error) {
        if (says(error, 'TOPIC_ALREADY_EXISTS')) return false;
        throw error;
      }
    },
    deleteTopic: (name) => unless('UNKNOWN_TOPIC_OR_PARTITION', () => admin.deleteTopics({ topics: [name] })),
    async configsOf(topic) {
      const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: null }];
      const [described] = await admin.describeConfigs({
        resources,
        includeSynonyms: false,
        includeDocumentation: false,
      });
      return new Map((described?.configs ?? []).map(({ name, value }) => [name, value ?? '']));
    },
    async offsetsOf(topic) {
      const { topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
      const partitions = topics.get(topic)?.partitionsCount ?? 0;
      // The end first: what is deleted meanwhile moves the beginning only.
      const next = await listOffsets(admin, { topic, partitions, timestamp: LATEST });
      const first = await listOffsets(admin, { topic, partitions, timestamp: EARLIEST });
      return next.map((offset, partition) => ({ first: first[partition] ?? offset, next: offset }));
    },
    async committedOffsets(group, topic, partitions) {
      const groups = [{ groupId: group, topics: [{ name: topic, partitionIndexes: [...Array(partitions).keys()] }] }];
      const [listed] = await admin.listConsumerGroupOffsets({ groups, requireStable: true });
      const found = listed?.topics.find(({ name }) => name === topic)?.partitions ?? [];
      return byPartition(
        partitions,
        found.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]),
      );
    },
    deleteGroup: (group) => unless('GROUP_ID_NOT_FOUND', () => admin.deleteGroups({ groups: [group] })),
  };
}

async function listOffsets(
  admin: Admin,
  { topic, partitions, timestamp }: { topic: string; partitions: number; timestamp: bigint },
): Promise<number[]> {
  const asked = [...Array(partitions).keys()].map((partitionIndex) => ({ partitionIndex, timestamp }));
  const [listed] = await admin.listOffsets({ topics: [{ name: topic, partitions: asked }] });
  return byPartition(
    partitions,
    (listed?.partitions ?? []).map(({ partitionIndex, offset }) => [partitionIndex, offset]),
  );
}

function byPartition(partitions: number, offsets: [number, bigint][]): number[] {
  const found = new Map(offsets);
  return Array.from({ length: partitions }, (_, partition) => Number(found.get(partition) ?? -1n));
}

async function unless(absent: string, remove: () => Promise<unknown>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (says(error, absent)) return false;
    throw error;
  }
}
