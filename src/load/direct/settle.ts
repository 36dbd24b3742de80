import { deleteOrphans, findMissingReferences, type Reference } from '../../databases/postgres/orphans.ts';
import { hangUp, type Client } from '../../databases/postgres/connection.ts';
import { LoadFailedError } from '../../errors.ts';
import type { Key } from '../../model.ts';
import type { Load } from '../../services.ts';
import { callAgainAtOnce, done, type StepAnswer } from '../../step.ts';
import { shardDocument } from '../../store/documents.ts';
import { holdFence } from './fence.ts';
import { holdShard } from './hold-shard.ts';
import { reconnect, type Invocation } from './invocation.ts';
import { recordSuccess } from '../record-success.ts';
import { countReread, replaceRows } from './replace-rows.ts';
import { rereadRemoved } from './reread.ts';
import { loadTable, type LoadTable } from './table.ts';
import { targetKeyOf } from '../../survey/loaded-tables.ts';

const VALUES_AT_ONCE = 1_000;
const MOST_ROUNDS = 50;

/**
 * What only the whole of the load can tell, once every shard has ended. When it was read in several snapshots, a row may
 * refer to one that was inserted after its table was read: the missing rows are read now, and a row whose reference is
 * gone from the source is read again, until every reference is whole. Then the counts are recorded as they ended up.
 *
 * @throws what advance throws
 */
export async function settle(load: Load, until: Date): Promise<StepAnswer> {
  const [shard] = load.plan.shards;
  if (!shard) return done;
  return holdShard(load, shard, until, async (invocation, keeper) => {
    if ((await readInSeveralSnapshots(load)) && !(await repairReferences(invocation, keeper))) return callAgainAtOnce;
    for (const each of load.plan.shards) await recordSuccess(keeper, load, each, false);
    return done;
  });
}

async function readInSeveralSnapshots(load: Load): Promise<boolean> {
  if (load.plan.consistency !== 'one-snapshot') return true;
  const records = await Promise.all(load.plan.shards.map((shard) => load.documents.need(shardDocument(shard.id))));
  return records.some((record) => record.severalSnapshots);
}

/** @returns whether every reference is whole before the time was over */
async function repairReferences(invocation: Invocation, keeper: Client): Promise<boolean> {
  const { load, until, stop } = invocation;
  const from = await reconnect(invocation.source, load.loadId, `${invocation.shard.id} settle`);
  try {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      if (load.services.now() >= until) return false;
      let broken = 0;
      for (const reference of referencesOf(load))
        broken += await repairReference(invocation, { from, to: keeper }, reference);
      if (!(await rereadRemoved(invocation, from))) return false;
      if (broken === 0) return true;
    }
    throw new LoadFailedError(
      `References between the loaded tables are still broken after ${MOST_ROUNDS} readings of the source.`,
    );
  } finally {
    stop.abort();
    await hangUp(from);
  }
}

/** Reads the referenced rows that are missing; then takes out, to be read again, the rows that still refer to nothing. */
async function repairReference(
  invocation: Invocation,
  clients: { from: Client; to: Client },
  { reference, table, references }: LoadedReference,
): Promise<number> {
  const { to } = clients;
  let missing = await findMissingReferences(to, reference, VALUES_AT_ONCE);
  if (missing.length === 0) return 0;
  await to.query('begin');
  await holdFence(to, invocation.bookkeeping, invocation.fence);
  await replaceRows(invocation, clients, references, { columns: reference.referencedColumns, values: missing });
  await to.query('commit');
  missing = await findMissingReferences(to, reference, 1);
  if (missing.length > 0 && table.plan.key) await takeOutOrphans(invocation, to, reference, table);
  return 1;
}

async function takeOutOrphans(
  invocation: Invocation,
  to: Client,
  reference: Reference,
  table: LoadTable,
): Promise<void> {
  await to.query('begin');
  await holdFence(to, invocation.bookkeeping, invocation.fence);
  const keys: Key[] = await deleteOrphans(to, reference, targetKeyOf(table.plan));
  await to.query(
    `insert into ${invocation.bookkeeping.reread} (source_table, key) select $1, value from jsonb_array_elements($2::jsonb)
       on conflict do nothing`,
    [table.plan.source, JSON.stringify(keys)],
  );
  await countReread(to, invocation, table, { reread: 0, removed: keys.length });
  await to.query('commit');
}

interface LoadedReference {
  reference: Reference;
  table: LoadTable;
  references: LoadTable;
}

/** Foreign keys of the target between tables that are both loaded. */
function referencesOf(load: Load): LoadedReference[] {
  const loaded = new Map(load.plan.tables.map((table) => [table.target, loadTable(load, table.source)]));
  return [...loaded.values()].flatMap((table) =>
    table.targetSurvey.foreignKeys.flatMap((key) => {
      const references = loaded.get(key.references);
      if (!references) return [];
      const { columns, referencedColumns } = key;
      return [
        {
          table,
          references,
          reference: { table: table.targetRows, columns, references: references.targetRows, referencedColumns },
        },
      ];
    }),
  );
}
