import { LoadFailedError } from '../../errors.ts';
import type { LoadedTopic } from '../../model.ts';
import type { Load } from '../../services.ts';
import { loadedTopicsDocument } from '../../store/documents.ts';
import { asAdmin } from './cluster.ts';

/**
 * What the consumer has not read yet, in words: its group has read a partition once it has committed an offset beyond the
 * sentinel's. Neither "no lag" nor "at the end" says so, since the markers of transactions take offsets too. An offset beyond
 * the end is none that reading leads to.
 * @throws LoadFailedError when a topic is gone; TransientError
 */
export async function findLag(load: Load): Promise<string[]> {
  const group = load.request.topics?.consumerGroup;
  if (group === undefined) return ['an acknowledgement: the request names no topics.consumerGroup'];
  const topics = await load.documents.need(loadedTopicsDocument);
  return asAdmin(load, `Looking at what the group ${group} has read`, async (admin) => {
    const lags: string[] = [];
    for (const topic of topics) {
      const committed = await admin.committedOffsets(group, topic.topic, topic.partitions.length);
      // After that: what is committed may be no further than the end is now.
      const ends = (await admin.offsetsOf(topic.topic)).map(({ next }) => next);
      lags.push(...lagsOf(topic, committed, ends));
    }
    return lags;
  });
}

function lagsOf({ topic, partitions }: LoadedTopic, committed: number[], ends: number[]): string[] {
  return partitions.flatMap(({ sentinel }, partition) => {
    const [offset = -1, end] = [committed[partition], ends[partition]];
    if (end === undefined) throw new LoadFailedError(`The topic ${topic} is gone: somebody else deleted it.`);
    const place = `${topic}, partition ${partition}: at ${offset < 0 ? 'nothing' : offset}`;
    if (offset > end) return [`${place}, beyond the end (${end}), and must be read`];
    return offset > sentinel ? [] : [`${place}, and must pass ${sentinel}`];
  });
}
