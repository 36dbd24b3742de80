import type { Client } from '../databases/postgres/connection.ts';
import { LoadFailedError } from '../errors.ts';
import type { Shard, TableCounts } from '../model.ts';
import type { Load } from '../services.ts';
import { shardDocument } from '../store/documents.ts';
import { bookkeepingOf } from '../target/bookkeeping.ts';
import { addUp } from '../verify/table-counts.ts';

/**
 * Writes the record without which Check shards fails the load: what the bookkeeping says was copied.
 * @param severalSnapshots whether its rows may be of more than one snapshot; an earlier record that says so stays true
 * @throws LoadFailedError when a key range of the shard is not done
 */
export async function recordSuccess(
  keeper: Client,
  load: Load,
  shard: Shard,
  severalSnapshots: boolean,
): Promise<void> {
  const { rows } = await keeper.query<Omit<TableCounts, 'table'> & { range: number }>(
    `select range, rows_read::float8 as "rowsRead", rows_written::float8 as "rowsWritten",
            rows_removed::float8 as "rowsRemoved", rows_reread::float8 as "rowsReread"
       from ${bookkeepingOf(load).ranges} where range = any($1) and done`,
    [shard.ranges],
  );
  if (rows.length !== shard.ranges.length) {
    throw new LoadFailedError(`Shard ${shard.id} ended with key ranges that are not done.`);
  }
  const tables = new Map(load.plan.ranges.map(({ id, table }) => [id, table]));
  const counts = rows.map(({ range, ...copied }) => ({ table: tables.get(range) ?? '', ...copied }));
  const earlier = await load.documents.read(shardDocument(shard.id));
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...addUp(counts).values()],
    severalSnapshots: severalSnapshots || earlier?.severalSnapshots === true,
    finishedAt: load.services.now().toISOString(),
  });
}
