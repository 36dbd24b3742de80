import { Cluster, type Topic } from '../kafka/cluster.ts';
import { explainKafka, passes, says } from '../kafka/errors.ts';
import { RequestError, TransientError } from '../errors.ts';
import type { KafkaSurvey } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import { showPath } from '../request/show.ts';
import type { Services } from '../services.ts';

const CLIENT_ID = 'initial-load survey';
const BROKERS = 'topics.brokers';

/**
 * Looks at the brokers and the live topics that the request names; undefined where it names none.
 * @throws RequestError for a topic that isn't there, or brokers that can't be reached or refuse; TransientError
 */
export async function surveyKafka(
  { topics, target }: LoadRequest,
  services: Services,
): Promise<KafkaSurvey | undefined> {
  const tables = Object.entries(topics?.tables ?? {});
  if (!topics || (target && tables.length === 0)) return undefined;
  const cluster = new Cluster(await services.resolveBrokers(topics.brokers, BROKERS), CLIENT_ID);
  try {
    const liveTopics: KafkaSurvey['liveTopics'] = [];
    for (const [table, topic] of tables) {
      const found = await describeLive(cluster, topic);
      if (!found) throw missing(table, topic);
      liveTopics.push({ table, topic, partitions: found.leaders.length });
    }
    return { brokers: await cluster.countBrokers(), liveTopics };
  } catch (error) {
    throw explainUnreachable(error, topics.brokers);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

/** A broker says that it isn't there, or that it may not be described. */
async function describeLive(cluster: Cluster, topic: string): Promise<Topic | undefined> {
  try {
    return await cluster.describeTopic(topic);
  } catch (error) {
    if (says(error, 'TOPIC_AUTHORIZATION_FAILED')) return undefined;
    throw error;
  }
}

function missing(table: string, topic: string): RequestError {
  return new RequestError({
    field: showPath(['topics', 'tables', table]),
    value: topic,
    wrong: 'the brokers have no such topic, or this user may not describe it',
    advice: 'Name the topic that the consumer will follow, or leave the table out of topics.tables',
  });
}

/** What a failure to ask the brokers means while a request is planned. @param reference to them */
export function explainUnreachable(error: unknown, reference: string): Error {
  if (error instanceof RequestError) return error;
  const explained = explainKafka(error, 'Asking the brokers');
  if (!(explained instanceof TransientError) && !(error instanceof Error && passes(error))) {
    return new RequestError(
      {
        field: BROKERS,
        value: reference,
        wrong: explained.message.replace(/\.$/, ''),
        advice: 'See docs/strategies/kafka.md for the rights that a load needs',
      },
      { cause: error },
    );
  }
  return new RequestError(
    {
      field: BROKERS,
      value: reference,
      wrong: `the brokers can't be reached: ${explained.message.replace(/\.$/, '')}`,
      advice: 'Check their addresses, and that they advertise addresses within reach from here',
    },
    { cause: error },
  );
}
