import type { Client } from '../databases/postgres/connection.ts';
import { listForeignKeys } from '../databases/postgres/constraints.ts';
import { setSequence } from '../databases/postgres/sequences.ts';
import { listTableTrees } from '../databases/postgres/table-trees.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import type { TornDown } from '../model.ts';
import { done, pollAgain, type StepAnswer } from '../step.ts';
import { assertNotSuperseded, bookkeepingOf, dropBookkeeping, forgetProgress, readLoadRow } from './bookkeeping.ts';
import { detach, lockTables } from './detach.ts';
import { listSequencesBefore } from './dropped.ts';
import { cleanFiles } from './files.ts';
import { reattach, type Reattached } from './reattach.ts';
import { inTransaction, lockLoad, withTarget } from './session.ts';
import { cleanReplay } from './live-topics/clean.ts';
import { cleanTopics } from './topics/clean.ts';

/**
 * The end of a load in the target; call closeTarget before it. Brings back whatever is still taken off. A load that
 * failed, with onFailure "discard", first loses its rows (never those of an upsert: they stand among others), so that the
 * target is as it was found; with "keep" rows and bookkeeping stay for a next attempt. What can't be brought back is
 * reported as failed, and then the bookkeeping stays, since it holds what is missing: calling again tries again.
 *
 * @throws SupersededError, TransientError, LoadFailedError
 */
export async function cleanTarget(
  load: Load,
  { outcome }: { outcome: 'succeeded' | 'failed' },
): Promise<{ answer: StepAnswer; tornDown: TornDown[] }> {
  if (load.plan.topics) return cleanTopics(load);
  const target = databaseTargetOf(load.request);
  const keep = outcome === 'failed' && load.request.onFailure === 'keep';
  if (load.plan.liveTopics) return { answer: done, tornDown: await cleanReplay(load, { keep }) };
  if (!target) return { answer: done, tornDown: outcome === 'failed' ? await cleanFiles(load, { keep }) : [] };
  const { startedAt, services } = load;
  return withTarget(load, target, 'clean', async (client) => {
    const row = await readLoadRow(client, load);
    if (!row) return { answer: done, tornDown: [] };
    const emptied = outcome === 'failed' && !keep ? await emptyTables(client, load) : [];
    const reattached = await reattach(client, load);
    const tornDown = [...emptied, ...reattached.restored];
    if (reattached.busy) return { answer: pollAgain({ startedAt, now: services.now() }), tornDown };
    if (keep) return { answer: done, tornDown: [...tornDown, ...keptOf(load, row.tables, reattached)] };
    return { answer: done, tornDown: [...tornDown, ...(await finish(client, load, reattached))] };
  });
}

/**
 * Empties what the load filled, once, in one transaction with the record of it. Foreign keys that were back already come
 * off again for it: TRUNCATE refuses a table that another one references, however empty that is.
 */
async function emptyTables(client: Client, load: Load): Promise<TornDown[]> {
  return inTransaction(client, async () => {
    await lockLoad(client, load);
    await assertNotSuperseded(client, load);
    const row = await readLoadRow(client, load);
    if (!row || row.emptied || row.ifNotEmpty === 'upsert') return [];
    const trees = await listTableTrees(client, row.tables);
    if (trees.length > 0) {
      await lockTables(
        client,
        trees,
        await listForeignKeys(
          client,
          trees.flatMap((tree) => tree.oids),
        ),
      );
      await detach(client, load, trees);
      await client.query(`truncate ${trees.map(({ sql }) => sql).join(', ')}`);
    }
    for (const { target, details } of await listSequencesBefore(client, load))
      await setSequence(client, target, details);
    await forgetProgress(client, load);
    return row.tables.map((id) => ({ type: 'rows', id, status: 'deleted' }));
  });
}

function keptOf(load: Load, tables: string[], { failed }: Reattached): TornDown[] {
  const advice = 'a next attempt drops it again, and brings it back when all rows are there';
  return [
    ...failed.map((entry): TornDown => ({ ...entry, status: 'kept', detail: `${entry.detail}; ${advice}` })),
    ...tables.map((id): TornDown => ({ type: 'rows', id, status: 'kept' })),
    ...Object.values(bookkeepingOf(load)).map((id): TornDown => ({ type: 'table', id, status: 'kept' })),
  ];
}

async function finish(client: Client, load: Load, { failed }: Reattached): Promise<TornDown[]> {
  const tables = Object.values(bookkeepingOf(load));
  if (failed.length > 0) {
    const detail = 'holds what could not be brought back; tear the load down again once that is possible';
    return [...failed, ...tables.map((id): TornDown => ({ type: 'table', id, status: 'kept', detail }))];
  }
  await inTransaction(client, async () => {
    await lockLoad(client, load);
    await assertNotSuperseded(client, load);
    await dropBookkeeping(client, load);
  });
  return tables.map((id) => ({ type: 'table', id, status: 'deleted' }));
}
