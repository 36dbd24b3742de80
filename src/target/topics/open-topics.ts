import { LoadFailedError } from '../../errors.ts';
import type { Cluster, Topic } from '../../kafka/cluster.ts';
import type { QualifiedName } from '../../model.ts';
import type { TopicAdmin } from '../../kafka/topics.ts';
import type { Load } from '../../services.ts';
import { asAdmin } from './cluster.ts';
import { topicsOf } from './names.ts';

/** A topic of the load's as it is now. */
export interface OpenTopic {
  topic: Topic;
  /** Of one batch of records: the topic's max.message.bytes. */
  mostBytes: number;
}

/** What a broker takes of one batch unless it is told otherwise. */
const USUAL_MESSAGE_BYTES = 1_048_588;

/** The topic of each table. @throws LoadFailedError when one is gone, or has lost or won partitions */
export async function openTopics(load: Load, cluster: Cluster): Promise<(table: QualifiedName) => OpenTopic> {
  const topics = new Map<QualifiedName, OpenTopic>();
  await asAdmin(load, 'Reading settings of topics', async (admin) => {
    for (const planned of topicsOf(load)) topics.set(planned.table, await openTopic(cluster, admin, planned));
  });
  return (name) => {
    const topic = topics.get(name);
    if (!topic) throw new Error(`No topic was opened for ${name}.`);
    return topic;
  };
}

/** @throws LoadFailedError as openTopics, what the brokers say */
export async function openTopic(
  cluster: Cluster,
  admin: TopicAdmin,
  { name, partitions }: { name: string; partitions: number },
): Promise<OpenTopic> {
  const topic = await cluster.describeTopic(name);
  if (topic?.leaders.length !== partitions) {
    const found = topic ? `has ${topic.leaders.length} partitions instead of ${partitions}` : 'is gone';
    throw new LoadFailedError(`The topic ${name} ${found}: somebody else changed it.`);
  }
  const configs = await admin.configsOf(name);
  return { topic, mostBytes: Number(configs.get('max.message.bytes') ?? USUAL_MESSAGE_BYTES) };
}
