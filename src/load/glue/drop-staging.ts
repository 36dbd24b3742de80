import { dropStages } from '../../databases/postgres/staging.ts';
import { terminateSessions } from '../../databases/postgres/sessions.ts';
import type { TornDown } from '../../model.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import type { Load } from '../../services.ts';
import { assertNotSuperseded, bookkeepingSchema } from '../../target/bookkeeping.ts';
import { inTransaction, lockLoad, withTarget } from '../../target/session.ts';
import { jobSessions } from './job/connections.ts';
import { stagePrefix } from './job/staging.ts';

/**
 * Drops what the job's runs left beside the target: staging tables, with rows that were never published. They are of no use
 * to a next attempt, which stages anew. A session that still writes into one is ended: its run is over or has lost the fence.
 *
 * @throws SupersededError, TransientError, LoadFailedError
 */
export async function dropStaging(load: Load): Promise<TornDown[]> {
  const target = databaseTargetOf(load.request);
  if (!target) return [];
  return withTarget(load, target, 'clean', (client) =>
    inTransaction(client, async () => {
      await lockLoad(client, load);
      await assertNotSuperseded(client, load);
      await terminateSessions(client, jobSessions(load));
      const names = await dropStages(client, bookkeepingSchema(load), stagePrefix(load));
      return names.map((id): TornDown => ({ type: 'table', id, status: 'deleted' }));
    }),
  );
}
