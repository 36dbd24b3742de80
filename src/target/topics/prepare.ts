import { LoadFailedError } from '../../errors.ts';
import type { TopicChanges } from '../../kafka/topic-changes.ts';
import type { Load } from '../../services.ts';
import { done, pollAgain, type StepAnswer } from '../../step.ts';
import { madeTopicsDocument } from '../../store/documents.ts';
import { assertOpen } from '../assert-open.ts';
import { changingTopics, onCluster } from './cluster.ts';
import { topicsOf } from './names.ts';

const HOUR_MILLISECONDS = 3_600_000;

/**
 * Makes the topics. Each holds every record until it is deleted: nothing is compacted away. Where they are made step by step
 * it answers `working` until all are ready.
 * @throws LoadFailedError when a topic of the name is somebody else's, or what the brokers refuse; LoadClosedError, TransientError
 */
export async function prepareTopics(load: Load): Promise<StepAnswer> {
  const names = topicsOf(load).map(({ name }) => name);
  const made = await load.documents.read(madeTopicsDocument);
  if (made?.complete) return done;
  const begun = { topics: names, since: load.services.now().toISOString(), complete: false };
  if (made) {
    await load.documents.write(madeTopicsDocument, begun);
  } else {
    await assertFree(load, names);
    await load.documents.create(madeTopicsDocument, begun);
  }
  if (!(await makeTopics(load, names))) {
    const { startedAt, deadlineAt, services } = load;
    return pollAgain({ startedAt, now: services.now(), deadlineAt });
  }
  await load.documents.write(madeTopicsDocument, { ...begun, complete: true });
  return done;
}

/** @returns whether all are ready */
function makeTopics(load: Load, names: string[]): Promise<boolean> {
  return changingTopics(load, 'Making topics', async (changes) => {
    let allReady = true;
    for (const { name, partitions, replicas, retentionHours } of topicsOf(load)) {
      const retention = String(retentionHours * HOUR_MILLISECONDS);
      const configs = { 'cleanup.policy': 'delete', 'retention.ms': retention, 'retention.bytes': '-1' };
      const isReady = await changes.createTopic({
        name,
        partitions,
        replicas,
        configs: { ...configs, 'message.timestamp.type': 'CreateTime' },
      });
      allReady &&= isReady;
      await assertStillOpen(load, changes, names);
    }
    return allReady;
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

/** A load that was closed while a topic was being made has been torn down without it. */
async function assertStillOpen(load: Load, changes: TopicChanges, names: string[]): Promise<void> {
  try {
    await assertOpen(load);
  } catch (error) {
    for (const name of names) await changes.deleteTopic(name);
    throw error;
  }
}
