import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { LoadFailedError, TransientError } from '../../errors.ts';
import type { TopicChanges } from '../../kafka/topic-changes.ts';
import type { Load } from '../../services.ts';
import { done, pollAgain, type StepAnswer } from '../../step.ts';
import { madeTopicsDocument, makingTopicsDocument, stateDocument } from '../../store/documents.ts';
import { assertOpen } from '../assert-open.ts';
import { changingTopics, onCluster } from './cluster.ts';
import { topicsOf } from './names.ts';

const HOUR_MILLISECONDS = 3_600_000;
/** The note of topics that were asked for and are not ready: it stays between two calls. */
const ASKED_FOR = 'asked-for';
const TRY_AGAIN_MILLISECONDS = 100;
const MOST_TRIES = 100;

/**
 * Makes the topics. Each holds every record until it is deleted: nothing is compacted away. Where they are made step by step
 * it answers `working` until all are ready.
 * @throws LoadFailedError when a topic of the name is somebody else's, or what the brokers refuse; LoadClosedError,
 *   SupersededError, TransientError
 */
export async function prepareTopics(load: Load): Promise<StepAnswer> {
  const { documents, services, startedAt, deadlineAt } = load;
  const names = topicsOf(load).map(({ name }) => name);
  const made = await documents.read(madeTopicsDocument);
  if (made?.complete) return done;
  if (!made) {
    await assertFree(load, names);
    await documents.create(madeTopicsDocument, { topics: names, complete: false });
  }
  // Whoever removes topics closes the load first and looks for this then: either finds the other.
  const making = makingTopicsDocument(randomUUID());
  await documents.write(making, { since: services.now().toISOString() });
  try {
    await assertOpen(load);
    if (!(await makeTopics(load))) {
      await documents.write(makingTopicsDocument(ASKED_FOR), { since: services.now().toISOString() });
      return pollAgain({ startedAt, now: services.now(), deadlineAt });
    }
    await untilDescribed(load, names);
    await documents.write(madeTopicsDocument, { topics: names, complete: true });
    await documents.remove(makingTopicsDocument(ASKED_FOR));
    return done;
  } finally {
    await documents.remove(making);
  }
}

/** @returns whether all are ready */
function makeTopics(load: Load): Promise<boolean> {
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
      await assertStillOpen(load, changes);
    }
    return allReady;
  });
}

/** A broker may hear a moment later of what the controller has made: who feeds would take it for gone. */
async function untilDescribed(load: Load, names: string[]): Promise<void> {
  await onCluster(load, 'Looking for topics', async (cluster) => {
    for (const name of names) {
      for (let tries = 1; !(await cluster.describeTopic(name)); tries += 1) {
        if (tries === MOST_TRIES)
          throw new TransientError(`The topic ${name} was made, and no broker describes it yet.`);
        await setTimeout(TRY_AGAIN_MILLISECONDS);
      }
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
async function assertStillOpen(load: Load, changes: TopicChanges): Promise<void> {
  const state = await load.documents.read(stateDocument);
  if (state?.status !== 'open') for (const { name } of topicsOf(load)) await changes.deleteTopic(name);
  await assertOpen(load);
}
