import { randomUUID } from 'node:crypto';
import { LoadFailedError } from '../../errors.ts';
import type { TopicAdmin } from '../../kafka/topics.ts';
import type { Load } from '../../services.ts';
import { madeTopicsDocument, makingTopicsDocument, stateDocument } from '../../store/documents.ts';
import { assertOpen } from '../assert-open.ts';
import { asAdmin, onCluster } from './cluster.ts';
import { topicsOf } from './names.ts';

const HOUR_MILLISECONDS = 3_600_000;

/**
 * Makes the topics. Each holds every record until it is deleted: nothing is compacted away.
 * @throws LoadFailedError when a topic of the name is somebody else's, or what the brokers refuse; LoadClosedError,
 *   SupersededError, TransientError
 */
export async function prepareTopics(load: Load): Promise<void> {
  const { documents, services } = load;
  const topics = topicsOf(load);
  const names = topics.map(({ name }) => name);
  const made = await documents.read(madeTopicsDocument);
  if (made?.complete) return;
  if (!made) {
    await assertFree(load, names);
    await documents.create(madeTopicsDocument, { topics: names, complete: false });
  }
  // Whoever removes topics closes the load first and looks for this then: either finds the other.
  const making = makingTopicsDocument(randomUUID());
  await documents.write(making, { since: services.now().toISOString() });
  try {
    await assertOpen(load);
    await makeTopics(load, topics);
    await documents.write(madeTopicsDocument, { topics: names, complete: true });
  } finally {
    await documents.remove(making);
  }
}

async function makeTopics(load: Load, topics: ReturnType<typeof topicsOf>): Promise<void> {
  await asAdmin(load, 'Making topics', async (admin) => {
    for (const { name, partitions, replicas, retentionHours } of topics) {
      const retention = String(retentionHours * HOUR_MILLISECONDS);
      const configs = { 'cleanup.policy': 'delete', 'retention.ms': retention, 'retention.bytes': '-1' };
      await admin.createTopic({
        name,
        partitions,
        replicas,
        configs: { ...configs, 'message.timestamp.type': 'CreateTime' },
      });
      await assertStillOpen(load, admin);
    }
  });
}

async function assertFree(load: Load, names: string[]): Promise<void> {
  const taken = await onCluster(load, 'Looking for topics', async (cluster) => {
    for (const name of names) if (await cluster.describeTopic(name)) return name;
    return undefined;
  });
  // Another call of this step may have made it a moment ago.
  if (taken === undefined || (await load.documents.read(madeTopicsDocument))) return;
  throw new LoadFailedError(
    `There is a topic ${taken} already, which this load did not make. Remove it, or name the load otherwise.`,
  );
}

/** A load that was closed while a topic was being made may have been torn down without it; a later attempt uses them. */
async function assertStillOpen(load: Load, admin: TopicAdmin): Promise<void> {
  const state = await load.documents.read(stateDocument);
  if (state?.status !== 'open') for (const { name } of topicsOf(load)) await admin.deleteTopic(name);
  await assertOpen(load);
}
