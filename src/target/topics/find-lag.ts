import type { LoadedTopic } from '../../model.ts';
import type { Load } from '../../services.ts';
import { loadedTopicsDocument } from '../../store/documents.ts';
import { asAdmin } from './cluster.ts';

/**
 * What the consumer has not read yet, in words: its group has read a partition once it has committed an offset beyond the
 * sentinel's. Neither "no lag" nor "at the end" says so, since the markers of transactions take offsets too.
 */
export async function findLag(load: Load): Promise<string[]> {
  const group = load.request.topics?.consumerGroup;
  if (group === undefined) return ['an acknowledgement: the request names no topics.consumerGroup'];
  const topics = await load.documents.need(loadedTopicsDocument);
  return asAdmin(load, `Looking at what the group ${group} has read`, async (admin) => {
    const lags: string[] = [];
    for (const topic of topics) {
      const committed = await admin.committedOffsets(group, topic.topic, topic.partitions.length);
      lags.push(...lagsOf(topic, committed));
    }
    return lags;
  });
}

function lagsOf({ topic, partitions }: LoadedTopic, committed: number[]): string[] {
  return partitions.flatMap(({ sentinel }, partition) => {
    const offset = committed[partition] ?? -1;
    if (offset > sentinel) return [];
    return [`${topic}, partition ${partition}: at ${offset < 0 ? 'nothing' : offset}, and must pass ${sentinel}`];
  });
}
