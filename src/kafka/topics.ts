import { setTimeout } from 'node:timers/promises';
import {
  ConfigResourceTypes,
  deleteGroupsV2,
  describeConfigsV4,
  FetchIsolationLevels,
  type FetchIsolationLevelValue,
  listOffsetsV7,
  offsetFetchV8,
} from '@platformatic/kafka';
import { TransientError } from '../errors.ts';
import { Cluster } from './cluster.ts';
import { unlessSaid, withPatience } from './errors.ts';
import type { KafkaAddress } from './kafka-address.ts';

const LATEST = -1n;
const EARLIEST = -2n;
const NO_REPLICA = -1;
const NO_EPOCH = -1;
const CLIENT_ID = 'initial-load';
/** Transactions of publishers take seconds; one that takes longer is looked for again by the next invocation. */
const MOST_LOOKS = 100;
const LOOK_AGAIN_MILLISECONDS = 100;

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
  /**
   * Where the topic ends now, by partition, for who reads what is committed: waits for the transactions that are open in it.
   * @throws TransientError when one stays open
   */
  stableOffsetsOf(topic: string): Promise<number[]>;
  /** Up to where a reader of committed transactions gets, by partition: before the first one that is open. */
  committedEndsOf(topic: string): Promise<number[]>;
  /** What a group has committed of a topic, by partition; -1 where it has not. */
  committedOffsets(group: string, topic: string, partitions: number): Promise<number[]>;
  /** Gone is success. @returns whether there was one */
  deleteGroup(group: string): Promise<boolean>;
}

/** The same on connections that are there. */
export function adminOn(cluster: Cluster): TopicAdmin {
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
    async stableOffsetsOf(topic) {
      const ends = await listOffsets(cluster, topic, LATEST);
      for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
        const stable = await listOffsets(cluster, topic, LATEST, FetchIsolationLevels.READ_COMMITTED);
        if (ends.every((end, partition) => (stable[partition] ?? 0) >= end)) return ends;
        await setTimeout(LOOK_AGAIN_MILLISECONDS);
      }
      throw new TransientError(`A transaction of who publishes to ${topic} stays open.`);
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
  isolation: FetchIsolationLevelValue = FetchIsolationLevels.READ_UNCOMMITTED,
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
