import { offsetFetchV8 } from '@platformatic/kafka';
import type { Cluster } from './cluster.ts';
import { withPatience } from './errors.ts';
import type { CommittedPosition } from './transactional-producer.ts';

const NO_MEMBER = -1;

/** What was committed last, once no transaction is open that would commit more; undefined where nothing was. */
export async function committedPosition(
  cluster: Cluster,
  { group, topic, partition }: Pick<CommittedPosition, 'group' | 'topic' | 'partition'>,
): Promise<Pick<CommittedPosition, 'offset' | 'metadata'> | undefined> {
  const topics = [{ name: topic, partitionIndexes: [partition] }];
  return withPatience(async () => {
    const coordinator = await cluster.coordinator('group', group);
    const groups = [{ groupId: group, memberEpoch: NO_MEMBER, topics }];
    const answer = await offsetFetchV8.api.async(coordinator, groups, true);
    const found = answer.groups[0]?.topics[0]?.partitions[0];
    if (!found || found.committedOffset < 0n) return undefined;
    return { offset: found.committedOffset, metadata: found.metadata ?? '' };
  });
}
