import {
  ConfigResourceTypes,
  deleteGroupsV2,
  describeConfigsV4,
  FetchIsolationLevels,
  listOffsetsV7,
  offsetFetchV8,
} from '@platformatic/kafka';
import { Cluster } from './cluster.ts';
import { unlessSaid, withPatience } from './errors.ts';
import type { KafkaAddress } from './kafka-address.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const NO_REPLICA = -1;
const NO_EPOCH = -1;
const CLIENT_ID = 'initial-load';

/**
 * What an administrator asks of the brokers, for the time of some work. Errors are the client's own: see explainKafka. The
 * client's own Admin isn't used: it brings a compiler of schemas into every function that asks one question.
 */
export async function withAdmin<T>(address: KafkaAddress, work: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const cluster = new Cluster(address, CLIENT_ID);
  try {
    return await work(adminOn(cluster));
  } finally {
    await cluster.close();
  }
}

export interface TopicAdmin {
  /** A topic's settings as they hold, by name. */
  configsOf(topic: string): Promise<Map<string, string>>;
  /** First and next offset, by partition. */
  offsetsOf(topic: string): Promise<{ first: number; next: number }[]>;
  /** Up to where a reader of committed transactions gets, by partition: before the first one that is open. */
  committedEndsOf(topic: string): Promise<number[]>;
  /** What a group has committed of a topic, by partition; -1 where it has not. */
  committedOffsets(group: string, topic: string, partitions: number): Promise<number[]>;
  /** Gone is success. @returns whether there was one */
  deleteGroup(group: string): Promise<boolean>;
}

function adminOn(cluster: Cluster): TopicAdmin {
  return {
    async configsOf(topic) {
      const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: null }];
      const { results } = await describeConfigsV4.api.async(await cluster.any(), resources, false, false);
      return new Map((results[0]?.configs ?? []).map(({ name, value }) => [name, value ?? '']));
    },
    async offsetsOf(topic) {
      // The end first: what is deleted meanwhile moves the beginning only.
      const next = await listOffsets(cluster, topic, LATEST);
      const first = await listOffsets(cluster, topic, EARLIEST);
      return next.map((offset, partition) => ({ first: first[partition] ?? offset, next: offset }));
    },
    committedEndsOf: (topic) => listOffsets(cluster, topic, LATEST, FetchIsolationLevels.READ_COMMITTED),
    async committedOffsets(group, topic, partitions) {
      const topics = [{ name: topic, partitionIndexes: [...Array(partitions).keys()] }];
      const groups = [{ groupId: group, memberEpoch: NO_EPOCH, topics }];
      const answer = await withPatience(async () =>
        offsetFetchV8.api.async(await cluster.coordinator('group', group), groups, true),
      );
      const offsets = Array.from({ length: partitions }, () => -1);
      for (const { partitionIndex, committedOffset } of answer.groups[0]?.topics[0]?.partitions ?? [])
        offsets[partitionIndex] = Number(committedOffset);
      return offsets;
    },
    deleteGroup: (group) =>
      unlessSaid('GROUP_ID_NOT_FOUND', async () =>
        deleteGroupsV2.api.async(await cluster.coordinator('group', group), [group]),
      ),
  };
}

/** By partition. Each is asked of its leader. */
async function listOffsets(
  cluster: Cluster,
  topic: string,
  timestamp: bigint,
  isolation: number = FetchIsolationLevels.READ_UNCOMMITTED,
): Promise<number[]> {
  return withPatience(async () => {
    const offsets: number[] = [];
    const { leaders = [] } = (await cluster.describeTopic(topic)) ?? {};
    for (const leader of new Set(leaders)) {
      const led = [...leaders.keys()].filter((partition) => leaders[partition] === leader);
      const partitions = led.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: NO_EPOCH, timestamp }));
      const { topics } = await listOffsetsV7.api.async(await cluster.node(leader), NO_REPLICA, isolation, [
        { name: topic, partitions },
      ]);
      for (const { partitionIndex, offset } of topics[0]?.partitions ?? []) offsets[partitionIndex] = Number(offset);
    }
    return offsets;
  });
}
