import type { Client } from '../../databases/postgres/connection.ts';
import { keysCondition } from '../../databases/postgres/chunks.ts';
import { quoteIdentifier, quoteLiteral } from '../../databases/postgres/identifiers.ts';
import { LoadFailedError } from '../../errors.ts';
import type { Key } from '../../model.ts';
import { holdFence } from './fence.ts';
import { hangUp, reconnect, type Invocation } from './invocation.ts';
import { beginReadOnly } from './snapshot.ts';
import { replaceConflicting, stageRows, targetKey } from './stage.ts';
import { loadTable, type LoadTable } from './table.ts';

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
  if (keys.length > 0) await replaceByKey(invocation, clients, table, keys);
  await clients.to.query('commit');
}

/** Replaces the rows with these keys by what one fresh snapshot of the source holds for them. */
async function replaceByKey(
  invocation: Invocation,
  clients: { from: Client; to: Client },
  table: LoadTable,
  keys: Key[],
): Promise<void> {
  const present = await deleteByKey(clients.to, table, keys);
  await beginReadOnly(clients.from);
  const select = `select ${table.select} from ${table.from}${keysCondition(table.read, keys)}`;
  await stageRows({ client: clients.from, select }, clients.to, table, invocation.stop.signal);
  await clients.from.query('commit');
  const { written, removed } = await replaceConflicting(clients.to, table, invocation.bookkeeping);
  await clients.to.query(
    `update ${invocation.bookkeeping.ranges} set rows_reread = rows_reread + $2, rows_removed = rows_removed + $3 where range = $1`,
    [rangeFor(invocation, table), written, present + removed],
  );
}

async function deleteByKey(target: Client, table: LoadTable, keys: Key[]): Promise<number> {
  const columns = targetKey(table);
  const types = columns.map((name) => table.targetSurvey.columns.find((column) => column.name === name)?.type ?? 'text');
  const values = keys.map((key) => `(${types.map((type, index) => `${quoteLiteral(key[index] ?? '')}::${type}`).join(', ')})`);
  const { rowCount } = await target.query(
    `delete from ${table.target} where (${columns.map(quoteIdentifier).join(', ')}) in (${values.join(', ')})`,
  );
  return rowCount ?? 0;
}

/** Re-read rows are counted with a key range of their table; the sum over the table is what counts. */
function rangeFor(invocation: Invocation, table: LoadTable): number {

  const range = invocation.load.plan.ranges.find((candidate) => candidate.table === table.plan.source);
  if (!range) throw new Error(`No key range of ${table.plan.source} is planned.`);
  return range.id;
}
