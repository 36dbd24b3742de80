import type { Client } from '../../databases/postgres/connection.ts';
import { LoadFailedError } from '../../errors.ts';
import type { TableCounts } from '../../model.ts';
import { shardDocument } from '../../store/documents.ts';
import type { Invocation } from './invocation.ts';

/** The record without which Check shards fails the load. */
export async function recordSuccess(keeper: Client, invocation: Invocation): Promise<void> {
  const { load, shard, bookkeeping } = invocation;
  const { rows } = await keeper.query(
    `select range, rows_read::float8 as read, rows_written::float8 as written, rows_removed::float8 as removed,
            rows_reread::float8 as reread
       from ${bookkeeping.ranges} where range = any($1) and done`,
    [shard.ranges],
  );
  if (rows.length !== shard.ranges.length)
    throw new LoadFailedError(`Shard ${shard.id} ended with key ranges that are not done.`);
  const counts = new Map<string, TableCounts>();
  for (const row of rows) {
    const table = load.plan.ranges.find((range) => range.id === row.range)?.table ?? '';
    const sum = counts.get(table) ?? { table, rowsRead: 0, rowsWritten: 0, rowsRemoved: 0, rowsReread: 0 };
    sum.rowsRead += row.read;
    sum.rowsWritten += row.written;
    sum.rowsRemoved += row.removed;
    sum.rowsReread += row.reread;
    counts.set(table, sum);
  }
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...counts.values()],
    severalSnapshots: invocation.resumed || invocation.snapshot.views > 1 || load.plan.consistency !== 'one-snapshot',
    finishedAt: load.services.now().toISOString(),
  });
}
