import type { Cluster } from './cluster.ts';
import { listCommitted, type ConsumerGroup } from './consumer-groups.ts';
import { adminOn } from './topics.ts';

/** How far a group is behind the end of a topic, over all partitions of which it has committed something. */
export interface GroupLag extends ConsumerGroup {
  topic: string;
  /** Offsets, so a few more than records: the markers of transactions take some too. */
  lag: number;
}

/** Of each group that has committed offsets of one of these topics. */
export async function readLags(cluster: Cluster, groups: ConsumerGroup[], topics: string[]): Promise<GroupLag[]> {
  const described = await Promise.all(topics.map((topic) => cluster.describeTopic(topic)));
  const there = described.filter((topic) => topic !== undefined);
  const committed = new Map<ConsumerGroup, Awaited<ReturnType<typeof listCommitted>>>();
  for (const group of groups) committed.set(group, await listCommitted(cluster, group.group, there));
  const lags: GroupLag[] = [];
  for (const topic of topics) {
    const readers = groups.filter((group) => committed.get(group)?.get(topic)?.size);
    if (readers.length === 0) continue;
    // After what is committed, which is no further than the end is now.
    const ends = (await adminOn(cluster).offsetsOf(topic)).map(({ next }) => next);
    for (const group of readers) {
      const offsets = [...(committed.get(group)?.get(topic) ?? [])];
      const lag = offsets.reduce((sum, [partition, at]) => sum + Math.max(0, (ends[partition] ?? at) - at), 0);
      lags.push({ ...group, topic, lag });
    }
  }
  return lags;
}
