import { explainKafka, says } from '../kafka/errors.ts';
import { withAdmin, type TopicAdmin } from '../kafka/topics.ts';
import type { TopicPositions } from '../model.ts';
import type { Load } from '../services.ts';
import { RETENTION_SETTINGS } from './topic-retention.ts';

/**
 * Where the live topics begin and end now; undefined where the request names none.
 * @param options.withSettings also what says how long they hold their records, where that may be read
 * @throws TransientError, LoadFailedError
 */
export async function readTopicPositions(
  load: Load,
  { withSettings = false } = {},
): Promise<TopicPositions | undefined> {
  const { request, survey, services } = load;
  const liveTopics = survey.kafka?.liveTopics ?? [];
  if (!request.topics || liveTopics.length === 0) return undefined;
  const address = await services.resolveBrokers(request.topics.brokers, 'topics.brokers');
  const takenAt = services.now().toISOString();
  try {
    return await withAdmin(address, async (admin) => {
      const topics: TopicPositions['topics'] = [];
      for (const { table, topic } of liveTopics) {
        const settings = withSettings ? await readSettings(admin, topic) : undefined;
        topics.push({ table, topic, partitions: await admin.offsetsOf(topic), ...(settings && { settings }) });
      }
      return { takenAt, topics };
    });
  } catch (error) {
    throw explainKafka(error, 'Reading where the live topics end');
  }
}

/** A load needs no right to them: without it they are unknown. */
async function readSettings(admin: TopicAdmin, topic: string): Promise<Record<string, string> | undefined> {
  try {
    const configs = await admin.configsOf(topic);
    return Object.fromEntries(RETENTION_SETTINGS.map((name) => [name, configs.get(name) ?? '']));
  } catch (error) {
    if (says(error, 'TOPIC_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}
