import type { Shard, TableCounts } from '../model.ts';
import type { Load } from '../services.ts';
import { shardDocument } from '../store/documents.ts';
import type { Checkpoint } from '../target/topics/checkpoint.ts';
import { addUp } from '../verify/table-counts.ts';

/** Writes the record without which Check shards fails a load into topics: what the checkpoints say was fed. */
export async function recordFed(
  load: Load,
  shard: Shard,
  fed: { range: { table: string }; checkpoint: Checkpoint }[],
): Promise<void> {
  const counts = fed.map(({ range, checkpoint: { rows } }): TableCounts => {
    return { table: range.table, rowsRead: rows, rowsWritten: rows, rowsRemoved: 0, rowsReread: 0 };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...addUp(counts).values()],
    finishedAt: load.services.now().toISOString(),
  });
}
