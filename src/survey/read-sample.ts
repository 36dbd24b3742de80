import type { Cluster, Topic } from '../kafka/cluster.ts';
import { says } from '../kafka/errors.ts';
import type { BatchedRecord } from '../kafka/read-batches.ts';
import { readCommitted } from '../kafka/read-committed.ts';
import type { TopicAdmin } from '../kafka/topics.ts';
import { LoadFailedError } from '../errors.ts';
import type { Sample } from './live-format.ts';

/** As far back as a record is looked for in each partition: of a live topic many may be deletes. */
const OFFSETS_BACK = 100;

/**
 * The newest record of a topic that shows a row: one of a delete only where there is no other. Undefined where the topic is
 * empty, or where this user may only describe it: to know the format is no condition.
 */
export async function readSample(cluster: Cluster, admin: TopicAdmin, topic: Topic): Promise<Sample | undefined> {
  try {
    let other: Sample | undefined;
    for (const [partition, { first, next }] of (await admin.offsetsOf(topic.name)).entries()) {
      const records = await lastRecords(cluster, topic, partition, {
        from: Math.max(first, next - OFFSETS_BACK),
        to: next,
      });
      const samples = records.flatMap(sampleOf);
      const shown = samples.findLast(({ value }) => !value.includes('"after":null'));
      if (shown) return shown;
      other ??= samples.at(-1);
    }
    return other;
  } catch (error) {
    if (says(error, 'TOPIC_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}

async function lastRecords(
  cluster: Cluster,
  topic: Topic,
  partition: number,
  bounds: { from: number; to: number },
): Promise<BatchedRecord[]> {
  const records: BatchedRecord[] = [];
  try {
    for await (const batch of readCommitted(cluster, topic, partition, bounds)) records.push(...batch);
  } catch (error) {
    // Somebody has a transaction open: what comes before it is enough.
    if (!(error instanceof LoadFailedError)) throw error;
  }
  return records;
}

/** What isn't UTF-8 isn't JSON either, and is seen to be none. */
function sampleOf({ key, value }: BatchedRecord): Sample[] {
  return value === null || value.length === 0 ? [] : [{ key: key && key.toString(), value: value.toString() }];
}
