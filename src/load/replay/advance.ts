import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import type { StepAnswer } from '../../step.ts';
import { replayBegunDocument } from '../../store/documents.ts';
import { onCluster } from '../../target/topics/cluster.ts';
import { advanceByFeed } from './feed/advance.ts';
import { Lagging } from './lagging.ts';
import { advanceBySignal } from './signal/advance.ts';

/**
 * By the connector that publishes the live topics, where the request says how to ask it; else by records of our own.
 * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
 */
export async function advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer> {
  await load.documents.create(replayBegunDocument, { since: load.services.now().toISOString() });
  if (!load.request.topics?.signals) return advanceByFeed(load, shard, until);
  return onCluster(load, 'Looking at consumers of live topics', (cluster) => {
    const lagging = new Lagging(load, cluster);
    return advanceBySignal(load, shard, until, () => lagging.find());
  });
}
