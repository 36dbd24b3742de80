import { setTimeout } from 'node:timers/promises';
import { hangUp, type Client } from '../../databases/postgres/connection.ts';
import { LoadFailedError } from '../../errors.ts';
import type { Key } from '../../model.ts';
import { holdFence } from './fence.ts';
import { reconnect, type Invocation } from './invocation.ts';
import { replaceRows } from './replace-rows.ts';
import { loadTable, type LoadTable } from './table.ts';
import { targetKeyOf } from '../../survey/loaded-tables.ts';

const KEYS_AT_ONCE = 1_000;
const WAIT_FOR_OTHER_MILLISECONDS = 200;
/** Each round takes a fresh snapshot; a value that is still contended after so many never settles. */
const MOST_ROUNDS = 50;

/**
 * Reads again what the conflict rule took out, each time in a fresh snapshot, until nothing is queued. A row that is gone
 * from the source by now stays out.
 *
 * @param reader a connection to the source that is open already: no more are made than the request allows
 * @returns whether the queue was emptied before the time was over
 * @throws LoadFailedError when the target's constraint contradicts what the source holds
 */
export async function rereadRemoved(invocation: Invocation, reader?: Client): Promise<boolean> {
  const { load, shard, source, target, bookkeeping } = invocation;
  const part = `${shard.id} reread`;
  const to = await reconnect(target, load.loadId, part);
  let opened: Client | undefined;
  try {
    for (let round = 0; round < MOST_ROUNDS;) {
      const { rows } = await to.query(
        `select source_table as "table", count(*)::float8 as keys from ${bookkeeping.reread} group by source_table`,
      );
      if (rows.length === 0) return true;
      if (load.services.now() >= invocation.until) return false;
      const from = reader ?? (opened ??= await reconnect(source, load.loadId, part));
      let taken = 0;
      for (const { table, keys } of rows) {
        for (let batch = 0; batch < keys / KEYS_AT_ONCE; batch += 1) {
          taken += await rereadTable(invocation, { from, to }, loadTable(load, String(table)));
        }
      }
      // Keys that another shard is reading count against nobody: it will be through with them.
      if (taken > 0) round += 1;
      else await setTimeout(WAIT_FOR_OTHER_MILLISECONDS);
    }
    throw new LoadFailedError(
      `The target's unique constraints still refuse rows of load ${load.loadId} after ${MOST_ROUNDS} readings: they contradict the source.`,
    );
  } finally {
    await Promise.all([hangUp(opened), hangUp(to)]);
  }
}

async function rereadTable(
  invocation: Invocation,
  clients: { from: Client; to: Client },
  table: LoadTable,
): Promise<number> {
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
  if (keys.length > 0)
    await replaceRows(invocation, clients, table, { columns: targetKeyOf(table.plan), values: keys });
  await clients.to.query('commit');
  return keys.length;
}
