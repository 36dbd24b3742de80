import type { Client } from '../../databases/postgres/connection.ts';
import { listTableTrees } from '../../databases/postgres/table-trees.ts';
import { LoadClosedError, SupersededError } from '../../errors.ts';
import type { QualifiedName, Shard } from '../../model.ts';
import { databaseTargetOf } from '../../request/database-target.ts';
import type { Load } from '../../services.ts';
import type { StepAnswer } from '../../step.ts';
import { bookkeepingOf, readLoadRow } from '../../target/bookkeeping.ts';
import { inTransaction, lockLoad, withTarget } from '../../target/session.ts';
import { assertOpen } from '../open-load.ts';
import { emptiedDocument, listStarts, type Start } from './run/starts.ts';
import { wantedOf } from './run/wanted.ts';

/**
 * The part of advancing that touches data: DMS is told to leave the target's tables as they are, so before it loads one
 * again its rows must go (user guide, CHAP_Tasks.ReloadTables). Each start's tables are emptied once, however often this
 * is called: the start's id is set as the shard's fence in the transaction that empties them.
 *
 * @throws LoadClosedError, SupersededError, TransientError (another session holds a table), LoadFailedError
 */
export async function emptyTables(load: Load, shard: Shard): Promise<StepAnswer> {
  const target = databaseTargetOf(load.request);
  const emptied = target && (await withTarget(load, target, 'empty', (client) => emptyOnce(client, load, shard)));
  if (emptied) await load.documents.write(emptiedDocument(load, emptied), { at: load.services.now().toISOString() });
  return { status: 'working', waitSeconds: 0, plane: 'control' };
}

/** @returns the newest start: its tables are empty, or were and are being loaded again. Undefined when there is none. */
function emptyOnce(client: Client, load: Load, shard: Shard): Promise<Start | undefined> {
  return inTransaction(client, async () => {
    await lockLoad(client, load);
    await assertOpen(load, load.services);
    const fence = await readFence(client, load, shard);
    // Read under the lock: an invocation that is late finds the start that stands now, and that it is done.
    const start = (await listStarts(load)).at(-1);
    if (start && fence !== start.id) {
      await truncate(client, targetsOf(load, start));
      await client.query(`update ${bookkeepingOf(load).shards} set fence = $1 where shard = $2`, [start.id, shard.id]);
    }
    return start;
  });
}

async function readFence(client: Client, load: Load, shard: Shard): Promise<string | null> {
  const row = await readLoadRow(client, load);
  if (!row) throw new LoadClosedError(`The bookkeeping of load ${load.loadId} is gone: it was torn down.`);
  if (row.attempt !== load.attempt) throw new SupersededError(`The target is prepared for attempt ${row.attempt}.`);
  const { rows } = await client.query<{ fence: string | null; closed: boolean }>(
    `select fence, closed from ${bookkeepingOf(load).shards} where shard = $1 for update`,
    [shard.id],
  );
  if (!rows[0] || rows[0].closed) throw new LoadClosedError(`Shard ${shard.id} is closed.`);
  return rows[0].fence;
}

function targetsOf(load: Load, { tables }: Start): QualifiedName[] {
  return wantedOf(load)
    .tables.filter(({ source }) => tables.includes(source))
    .map(({ target }) => target);
}

async function truncate(client: Client, names: QualifiedName[]): Promise<void> {
  const trees = await listTableTrees(client, names);
  if (trees.length > 0) await client.query(`truncate ${trees.map(({ sql }) => sql).join(', ')}`);
}
