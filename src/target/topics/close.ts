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
  if (!(await load.documents.read(madeTopicsDocument))) return;
  await onCluster(load, 'Taking over the feed', async (cluster) => {
    for (const shard of [...load.plan.shards.map(({ id }) => id), END]) {
      await TransactionalProducer.open(cluster, transactionalId(load, shard), TRANSACTION_TIMEOUT_MILLISECONDS);
    }
  });
}
