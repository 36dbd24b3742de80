import { Cluster, type Topic } from '../kafka/cluster.ts';
import { listGroups } from '../kafka/consumer-groups.ts';
import { explainKafka, passes, says } from '../kafka/errors.ts';
import { readLags } from '../kafka/group-lags.ts';
import { RequestError, TransientError } from '../errors.ts';
import { withAdmin } from '../kafka/topics.ts';
import type { KafkaSurvey, LiveTopic, TableSurvey } from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import { showPath } from '../request/show.ts';
import type { Services } from '../services.ts';
import { recogniseFormat } from './live-format.ts';
import { readSample } from './read-sample.ts';

const CLIENT_ID = 'initial-load survey';
const BROKERS = 'topics.brokers';

/**
 * Looks at the brokers and the live topics that the request names; undefined where it names none.
 * @param surveyed the source's tables, by which records are recognised
 * @throws RequestError for a topic that isn't there, or brokers that can't be reached or refuse; TransientError
 */
export async function surveyKafka(
  { topics, target, strategy }: LoadRequest,
  services: Services,
  surveyed: TableSurvey[],
): Promise<KafkaSurvey | undefined> {
  const tables = Object.entries(topics?.tables ?? {});
  if (!topics || (target && tables.length === 0)) return undefined;
  const address = await services.resolveBrokers(topics.brokers, BROKERS);
  const cluster = new Cluster(address, CLIENT_ID);
  try {
    const liveTopics: LiveTopic[] = [];
    for (const [table, topic] of tables) {
      const found = await describeLive(cluster, topic);
      if (!found) throw missing(table, topic);
      // Beside a target records are read by nobody but the consumer.
      const shape = target ? undefined : surveyed.find(({ name }) => name === table);
      const sample = shape && (await withAdmin(address, (admin) => readSample(cluster, admin, found)));
      const format = sample && recogniseFormat(sample, shape);
      liveTopics.push({ table, topic, partitions: found.leaders.length, ...format });
    }
    const brokers = (await cluster.listBrokers()).length;
    return { brokers, liveTopics: strategy === 'replay' ? await withReaders(cluster, liveTopics) : liveTopics };
  } catch (error) {
    throw explainUnreachable(error, topics.brokers);
  } finally {
    await cluster.close().catch(() => undefined);
  }
}

/** Who else reads these topics, by the groups that this user may describe. */
async function withReaders(cluster: Cluster, liveTopics: LiveTopic[]): Promise<LiveTopic[]> {
  const groups = await listGroups(cluster);
  const lags = await readLags(
    cluster,
    groups,
    liveTopics.map(({ topic }) => topic),
  );
  return liveTopics.map((live) => {
    const readers = lags.filter(({ topic }) => topic === live.topic);
    return { ...live, groups: readers.map(({ group, state, lag }) => ({ group, state, lag })) };
  });
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
