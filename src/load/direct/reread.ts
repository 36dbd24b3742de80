import type { Client } from '../../databases/postgres/connection.ts';
import { LoadFailedError } from '../../errors.ts';
import type { Key } from '../../model.ts';
import { holdFence } from './fence.ts';
import { hangUp, reconnect, type Invocation } from './invocation.ts';
import { replaceRows } from './replace-rows.ts';
import { loadTable, targetKey, type LoadTable } from './table.ts';

const KEYS_AT_ONCE = 1_000;
/** Each round takes a fresh snapshot; a value that is still contended after so many never settles. */
const MOST_ROUNDS = 50;

/**
 * Reads again what the conflict rule took out, each time in a fresh snapshot, until nothing is queued. A row that is gone
 * from the source by now stays out.
 *
 * @returns whether the queue was emptied before the time was over
 * @throws LoadFailedError when the target's constraint contradicts what the source holds
 */
export async function rereadRemoved(invocation: Invocation): Promise<boolean> {
  const { load, shard, source, target, bookkeeping } = invocation;
  const part = `${shard.id} reread`;
  const to = await reconnect(target, load.loadId, part);
  let from: Client | undefined;
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const { rows } = await to.query(`select distinct source_table from ${bookkeeping.reread}`);
      if (rows.length === 0) return true;
      if (load.services.now() >= invocation.until) return false;
      from ??= await reconnect(source, load.loadId, part);
      for (const row of rows) await rereadTable(invocation, { from, to }, loadTable(load, String(row.source_table)));
    }
    throw new LoadFailedError(
      `The target's unique constraints still refuse rows of load ${load.loadId} after ${MOST_ROUNDS} readings: they contradict the source.`,
    );
  } finally {
    await Promise.all([hangUp(from), hangUp(to)]);
  }
}

async function rereadTable(
  invocation: Invocation,
  clients: { from: Client; to: Client },
  table: LoadTable,
): Promise<void> {
  const { bookkeeping } = invocation;
  await clients.to.query('begin');
  await holdFence(clients.to, bookkeeping, invocation.fence);
  const { rows } = await clients.to.query(
    `delete from ${bookkeeping.reread} where (source_table, key) in
       (select source_table, key from ${bookkeeping.reread} where source_table = $1 limit $2 for update skip locked)
     returning key`,
    [table.plan.source, KEYS_AT_ONCE],
  );
  const keys = rows.map((row) => row.key as Key);
  if (keys.length > 0) await replaceRows(invocation, clients, table, { columns: targetKey(table), values: keys });
  await clients.to.query('commit');
}
