import type { Shard, TableCounts } from '../model.ts';
import type { Load } from '../services.ts';
import { shardDocument } from '../store/documents.ts';
import type { Checkpoint } from '../target/topics/checkpoint.ts';
import { addUp } from '../verify/table-counts.ts';

/**
 * Writes the record without which Check shards fails a load into topics: what the checkpoints say was fed.
 * @param fed `rowsRead` where other rows were read of the source, since a transformation leaves some out
 */
export async function recordFed(
  load: Load,
  shard: Shard,
  fed: { range: { table: string }; checkpoint: Checkpoint; rowsRead?: number }[],
): Promise<void> {
  const counts = fed.map(({ range, checkpoint, rowsRead }): TableCounts => {
    const { rows, told = 0, checksum } = checkpoint;
    const counted = { table: range.table, rowsWritten: rows, rowsRemoved: 0, rowsReread: 0 };
    return {
      ...counted,
      rowsRead: rowsRead ?? rows + told,
      ...(told > 0 && { rowsTold: told }),
      ...(checksum !== undefined && { checksum }),
    };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...addUp(counts).values()],
    finishedAt: load.services.now().toISOString(),
  });
}
