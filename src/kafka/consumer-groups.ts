import { listGroupsV4, offsetFetchV8 } from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';

/** A group that has committed how far it is. */
export interface ConsumerGroup {
  group: string;
  /** As the broker says: Stable, Empty (nobody consumes with it now), … */
  state: string;
}

/** Who consumes as a group, and who only commits offsets; workers of Connect, for one, form groups too. */
const PROTOCOLS = new Set(['consumer', '']);
const NO_MEMBER = -1;
const NOTHING_COMMITTED = -1n;

/**
 * Every group that this user may describe. Each broker knows those that it coordinates. A consumer that keeps its offsets
 * elsewhere is in no group.
 */
export async function listGroups(cluster: Cluster): Promise<ConsumerGroup[]> {
  const found: ConsumerGroup[] = [];
  for (const broker of await cluster.listBrokers()) {
    const { groups } = await withPatience(async () => listGroupsV4.api.async(await cluster.node(broker), [], []));
    const readers = groups.filter(({ protocolType }) => PROTOCOLS.has(protocolType));
    found.push(...readers.map(({ groupId, groupState }) => ({ group: groupId, state: groupState })));
  }
  return found;
}

/** What a group has committed of these topics, by topic and partition. */
export async function listCommitted(
  cluster: Cluster,
  group: string,
  topics: Topic[],
): Promise<Map<string, Map<number, number>>> {
  const named = topics.map(({ name, leaders }) => ({ name, partitionIndexes: [...leaders.keys()] }));
  const answer = await withPatience(async () => {
    const asked = [{ groupId: group, memberEpoch: NO_MEMBER, topics: named }];
    return offsetFetchV8.api.async(await cluster.coordinator('group', group), asked, false);
  });
  const committed = new Map<string, Map<number, number>>();
  for (const { name, partitions } of answer.groups[0]?.topics ?? []) {
    const known = partitions.filter(({ committedOffset }) => committedOffset > NOTHING_COMMITTED);
    const offsets = known.map((each): [number, number] => [each.partitionIndex, Number(each.committedOffset)]);
    committed.set(name, new Map(offsets));
  }
  return committed;
}
