import { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { TornDown } from '../../model.ts';
import type { Load } from '../../services.ts';
import { done } from '../../step.ts';
import type { Removed } from '../strategy.ts';
import { asAdmin, onCluster } from './cluster.ts';
import { END, groupsOf, topicsOf, transactionalId } from './names.ts';
import { madeTopicsDocument } from './provision.ts';

const TRANSACTION_TIMEOUT_MILLISECONDS = 10_000;
/** Longer than a step that makes topics may go on after the load was closed (the functions' time-out). */
const LONGEST_INVOCATION_SECONDS = 900;
const LOOK_AGAIN_SECONDS = 15;

/**
 * Takes over every transactional id of the load, so that nobody feeds any more, and removes topics and checkpoints. A step
 * that was still making topics may make one after that: then they are looked for again until none can.
 */
export async function tearDown(load: Load): Promise<Removed> {
  const made = await load.documents.read(madeTopicsDocument);
  if (!made) return { answer: done, tornDown: [] };
  await fence(load);
  const tornDown: TornDown[] = [];
  await asAdmin(load, 'Removing topics', async (admin) => {
    for (const { name } of topicsOf(load)) {
      await admin.deleteTopic(name);
      tornDown.push({ type: 'Kafka topic', id: name, status: 'deleted' });
    }
    for (const group of groupsOf(load)) await admin.deleteGroup(group);
  });
  const sinceSeconds = (load.services.now().getTime() - Date.parse(made.since)) / 1_000;
  const answer =
    made.complete || sinceSeconds > LONGEST_INVOCATION_SECONDS
      ? done
      : { status: 'working' as const, waitSeconds: LOOK_AGAIN_SECONDS };
  return { answer, tornDown };
}

async function fence(load: Load): Promise<void> {
  await onCluster(load, 'Taking over the feed', async (cluster) => {
    for (const shard of [...load.plan.shards.map(({ id }) => id), END]) {
      await TransactionalProducer.open(cluster, transactionalId(load, shard), TRANSACTION_TIMEOUT_MILLISECONDS);
    }
  });
}
