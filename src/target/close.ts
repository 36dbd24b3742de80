import type { Client } from '../databases/postgres/connection.ts';
import { sessionName, terminateSessions } from '../databases/postgres/sessions.ts';
import { TransientError } from '../errors.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import { assertNotSuperseded, bookkeepingOf, readLoadRow } from './bookkeeping.ts';
import { inTransaction, isLockTimeout, lockLoad, withTarget } from './session.ts';
import { closeTopics, fenceFeed } from './topics/close.ts';

/** A chunk in the middle of its transaction gets this long to end by itself. */
const PATIENCE_SECONDS = 2;
const ROUNDS = 5;

/**
 * Closes the load in the target: no chunk is committed after it. The store must say that the load is closed before this
 * is called, so that no prepare comes after it either. A session of this load that stands in the way, stuck in the
 * middle of a chunk or of a validation, is terminated.
 *
 * @throws SupersededError, TransientError
 */
export async function closeTarget(load: Load): Promise<void> {
  if (load.plan.topics) await closeTopics(load);
  // A connector is stopped when its snapshot is removed.
  if (load.plan.liveTopics && !load.request.topics?.signals) await fenceFeed(load);
  const target = databaseTargetOf(load.request);
  if (!target) return;
  await withTarget(load, target, 'close', async (client) => {
    await client.query(`set lock_timeout = '${PATIENCE_SECONDS}s'`);
    for (let round = 1; round <= ROUNDS; round += 1) {
      if (await closeShards(client, load)) return;
      await terminateSessions(client, sessionName(load.loadId, ''));
    }
    throw new TransientError(
      `Load ${load.loadId} cannot be closed: a session that is not its own holds a lock on its bookkeeping.`,
    );
  });
}

/** @returns false when another session holds what it takes */
async function closeShards(client: Client, load: Load): Promise<boolean> {
  try {
    await inTransaction(client, async () => {
      await lockLoad(client, load);
      if (!(await readLoadRow(client, load))) return;
      await assertNotSuperseded(client, load);
      await client.query(`update ${bookkeepingOf(load).shards} set closed = true where not closed`);
    });
    return true;
  } catch (error) {
    if (isLockTimeout(error)) return false;
    throw error;
  }
}
