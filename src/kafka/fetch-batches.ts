import { fetchV13, type FetchIsolationLevelValue, type RecordsBatch } from '@platformatic/kafka';
import type { Cluster, Topic } from './cluster.ts';
import { withPatience } from './errors.ts';

const WAIT_MILLISECONDS = 500;
/** Each record becomes some objects for a moment: of more at once V8 would keep many for long (npm run bench:kafka). */
const FETCH_BYTES = 256 * 1024;
const NO_SESSION = { id: 0, epoch: -1 };

/**
 * What a partition's leader answers from an offset on: whole batches, the first of which may begin before it. Waits for a
 * moment where there is nothing yet.
 */
export async function fetchBatches(
  cluster: Cluster,
  topic: Topic,
  { partition, offset, isolation }: { partition: number; offset: number; isolation: FetchIsolationLevelValue },
): Promise<{ batches: RecordsBatch[]; aborted: { producerId: bigint; firstOffset: bigint }[]; stableOffset: number }> {
  const leader = topic.leaders[partition];
  if (leader === undefined) throw new Error(`The topic ${topic.name} has no partition ${partition}.`);
  const asked = {
    partition,
    currentLeaderEpoch: -1,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: -1,
    partitionMaxBytes: FETCH_BYTES,
  };
  return withPatience(async () => {
    const { responses } = await fetchV13.api.async(
      await cluster.node(leader),
      WAIT_MILLISECONDS,
      1,
      FETCH_BYTES,
      isolation,
      NO_SESSION.id,
      NO_SESSION.epoch,
      [{ topicId: topic.id, partitions: [asked] }],
      [],
      '',
    );
    const answer = responses[0]?.partitions[0];
    if (!answer) throw new Error(`The broker answered nothing of ${topic.name}, partition ${partition}.`);
    const { records, abortedTransactions, lastStableOffset } = answer;
    return { batches: records ?? [], aborted: abortedTransactions ?? [], stableOffset: Number(lastStableOffset) };
  });
}

const CONTROL = 1 << 5;
const TRANSACTIONAL = 1 << 4;

export function isTransactional({ attributes }: RecordsBatch): boolean {
  return (attributes & TRANSACTIONAL) !== 0;
}

/** How a transaction ended, where the batch is the marker of that. A control record's key is its version and its type. */
export function markerOf({ attributes, records }: RecordsBatch): 'aborted' | 'committed' | undefined {
  if (!(attributes & CONTROL)) return undefined;
  return records[0]?.key?.readInt16BE(2) === 0 ? 'aborted' : 'committed';
}
