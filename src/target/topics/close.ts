import type { Cluster } from '../../kafka/cluster.ts';
import { says } from '../../kafka/errors.ts';
import { TransactionalProducer } from '../../kafka/transactional-producer.ts';
import type { Load } from '../../services.ts';
import { madeTopicsDocument } from '../../store/documents.ts';
import { onCluster } from './cluster.ts';
import { END, transactionalId } from './names.ts';

const TRANSACTION_TIMEOUT_MILLISECONDS = 10_000;

/**
 * Takes over every transactional id of the load: what is open is aborted, and whoever had it is refused from then on. The
 * store must say before that the load is closed: who takes over later asks it.
 * @throws TransientError, LoadFailedError
 */
export async function closeTopics(load: Load): Promise<void> {
  // Who has not begun to make topics finds the load closed as soon as it has.
  if (await load.documents.read(madeTopicsDocument)) await fenceFeed(load);
}

/** As closeTopics, where the topics are not the load's. @throws TransientError, LoadFailedError */
export async function fenceFeed(load: Load): Promise<void> {
  await onCluster(load, 'Taking over the feed', async (cluster) => {
    for (const shard of [...load.plan.shards.map(({ id }) => id), END]) {
      await takeOver(cluster, transactionalId(load, shard));
    }
  });
}

/** Who may not take an id over may not produce under it either, so that nobody does: the topics can go. */
async function takeOver(cluster: Cluster, id: string): Promise<void> {
  try {
    await TransactionalProducer.open(cluster, id, TRANSACTION_TIMEOUT_MILLISECONDS);
  } catch (error) {
    if (!says(error, 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')) throw error;
  }
}
