import type { QualifiedName, Shard } from '../model.ts';
import type { Load } from '../services.ts';
import { progressDocument } from '../store/documents.ts';

/**
 * For whoever watches: failing to write it never fails the load. A service counts rows only; bytes are reckoned from them
 * by the survey's average row.
 */
export async function writeProgress(
  { plan, documents, services }: Load,
  shard: Shard,
  counted: { table: QualifiedName; rows: number; done: boolean }[],
): Promise<void> {
  const tables = counted.map(({ table, rows, done }) => {
    const planned = plan.tables.find(({ source }) => source === table);
    const bytes = planned?.estimatedRows ? Math.round((planned.estimatedBytes * rows) / planned.estimatedRows) : 0;
    return { table, rows, bytes, done };
  });
  const progress = { tables, updatedAt: services.now().toISOString() };
  await documents.write(progressDocument(shard.id), progress).catch(() => undefined);
}
