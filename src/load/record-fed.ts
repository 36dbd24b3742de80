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
  const counts = fed.map(({ range, checkpoint: { rows, checksum }, rowsRead = rows }): TableCounts => {
    const counted = { table: range.table, rowsRead, rowsWritten: rows, rowsRemoved: 0, rowsReread: 0 };
    return checksum === undefined ? counted : { ...counted, checksum };
  });
  await load.documents.write(shardDocument(shard.id), {
    shard: shard.id,
    status: 'succeeded',
    counts: [...addUp(counts).values()],
    finishedAt: load.services.now().toISOString(),
  });
}
