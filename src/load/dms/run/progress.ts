import type { Shard, TablePlan } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { progressDocument } from '../../../store/documents.ts';
import type { TableState } from './runner.ts';
import { findState, wantedOf } from './wanted.ts';
import { TABLE_STATES } from './words.ts';

/**
 * For whoever watches: failing to write it never fails the load. DMS counts rows only; bytes are reckoned from them by the
 * survey's average row.
 */
export async function writeProgress(load: Load, shard: Shard, states: TableState[]): Promise<void> {
  const tables = wantedOf(load).tables.map((wanted, index) => {
    const state = findState(wanted, states);
    const rows = state?.rows ?? 0;
    const bytes = estimateBytes(load.plan.tables[index], rows);
    return { table: wanted.source, rows, bytes, done: TABLE_STATES.get(state?.state ?? '') === 'completed' };
  });
  const progress = { tables, updatedAt: load.services.now().toISOString() };
  await load.documents.write(progressDocument(shard.id), progress).catch(() => undefined);
}

function estimateBytes(table: TablePlan | undefined, rows: number): number {
  if (!table || table.estimatedRows === 0) return 0;
  return Math.round((table.estimatedBytes * rows) / table.estimatedRows);
}
