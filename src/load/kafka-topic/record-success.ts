import type { KeyRange, Shard, TableCounts } from '../../model.ts';
import type { Load } from '../../services.ts';
import { shardDocument } from '../../store/documents.ts';
import { addUp } from '../../verify/table-counts.ts';
import type { Checkpoint } from './feed/checkpoint.ts';

/** Writes the record without which Check shards fails the load: what the checkpoints say was fed. */
export async function recordSuccess(
  load: Load,
  shard: Shard,
  checkpoints: { range: KeyRange; checkpoint: Checkpoint }[],
): Promise<void> {
  const counts = checkpoints.map(({ range, checkpoint: { rows } }): TableCounts => {
    return { table: range.table, rowsRead: rows, rowsWritten: rows, rowsRemoved: 0, rowsReread: 0 };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...addUp(counts).values()],
    severalSnapshots: checkpoints.some(({ checkpoint }) => checkpoint.chunks > 1),
    finishedAt: load.services.now().toISOString(),
  });
}
