import type { Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { shardDocument } from '../../../store/documents.ts';
import type { TableState } from './runner.ts';
import { findState, wantedOf } from './wanted.ts';

/**
 * Writes the record without which the load fails. DMS counts the rows that it added to the target (FullLoadRows), and not
 * those that it read: both numbers are the same here. It reads each table at a moment of its own: several snapshots.
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
