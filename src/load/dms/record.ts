import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import { shardDocument } from '../../store/documents.ts';
import type { TableState } from './runner.ts';
import { findState, wantedOf } from './wanted.ts';

/**
 * Writes the record without which the load fails: what DMS counted (FullLoadRows: rows added to the target). What it
 * read it doesn't tell apart, and each table was read on its own, at its own moment.
 */
export async function recordSuccess(load: Load, shard: Shard, states: TableState[]): Promise<void> {
  const counts = wantedOf(load).tables.map((wanted) => {
    const rows = findState(wanted, states)?.rows ?? 0;
    return { table: wanted.source, rowsRead: rows, rowsWritten: rows, rowsRemoved: 0, rowsReread: 0 };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts,
    severalSnapshots: true,
    finishedAt: load.services.now().toISOString(),
  });
}
