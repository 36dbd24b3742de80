import { explainKafka } from '../kafka/errors.ts';
import { withAdmin } from '../kafka/topics.ts';
import type { TopicPositions } from '../model.ts';
import type { Load } from '../services.ts';

/**
 * Where the live topics begin and end now; undefined where the request names none.
 * @throws TransientError, LoadFailedError
 */
export async function readTopicPositions(load: Load): Promise<TopicPositions | undefined> {
  const { request, survey, services } = load;
  const liveTopics = survey.kafka?.liveTopics ?? [];
  if (!request.topics || liveTopics.length === 0) return undefined;
  const address = await services.resolveBrokers(request.topics.brokers, 'topics.brokers');
  const takenAt = services.now().toISOString();
  try {
    return await withAdmin(address, async (admin) => {
      const topics: TopicPositions['topics'] = [];
      for (const { table, topic } of liveTopics) {
        topics.push({ table, topic, partitions: await admin.offsetsOf(topic) });
      }
      return { takenAt, topics };
    });
  } catch (error) {
    throw explainKafka(error, 'Reading where the live topics end');
  }
}
