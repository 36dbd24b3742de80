import { keysCondition } from '../../databases/postgres/chunks.ts';
import type { Client } from '../../databases/postgres/connection.ts';
import type { Key } from '../../model.ts';
import type { Invocation } from './invocation.ts';
import { beginReadOnly } from './snapshot.ts';
import { replaceConflicting, stageRows } from './stage.ts';
import type { LoadTable } from './table.ts';

/** Rows by the values of some of their columns, which have the target's names. */
export interface RowsByValue {
  columns: string[];
  values: Key[];
}

/**
 * Replaces the rows with these values by what one fresh snapshot of the source holds for them, in the transaction that
 * the target's client is in. What the source doesn't hold any more stays out.
 */
export async function replaceRows(
  invocation: Invocation,
  { from, to }: { from: Client; to: Client },
  table: LoadTable,
  rows: RowsByValue,
): Promise<void> {
  const present = await deleteRows(to, table, rows);
  await beginReadOnly(from);
  const select = `select ${table.select} from ${table.from}${keysCondition(sideOf(table, rows, 'source'), rows.values)}`;
  await stageRows({ client: from, select }, to, table, invocation.stop.signal);
  await from.query('commit');
  const { written, removed } = await replaceConflicting(to, table, invocation.bookkeeping);
  await countReread(to, invocation, table, { reread: written, removed: present + removed });
  await to.query('drop table pg_temp."il stage"');
}

/** Re-read rows are counted with a key range of their table; the sum over the table is what counts. */
export async function countReread(
  target: Client,
  { load, bookkeeping }: Invocation,
  table: LoadTable,
  rows: { reread: number; removed: number },
): Promise<void> {
  const range = load.plan.ranges.find((candidate) => candidate.table === table.plan.source);
  await target.query(
    `update ${bookkeeping.ranges} set rows_reread = rows_reread + $2, rows_removed = rows_removed + $3 where range = $1`,
    [range?.id, rows.reread, rows.removed],
  );
}

async function deleteRows(target: Client, table: LoadTable, rows: RowsByValue): Promise<number> {
  const { rowCount } = await target.query(
    `delete from ${table.targetRows}${keysCondition({ ...sideOf(table, rows, 'target'), where: [] }, rows.values)}`,
  );
  return rowCount ?? 0;
}

/** The table with these columns as if they were its key, under the names and types that they have on one side. */
function sideOf(table: LoadTable, rows: RowsByValue, side: 'source' | 'target'): LoadTable['read'] {
  const surveyed = side === 'source' ? table.survey : table.targetSurvey;
  const columns = rows.columns.map((name) =>
    side === 'target' ? name : (table.plan.columns.find((column) => column.target === name)?.source ?? name),
  );
  const types = columns.map((name) => surveyed.columns.find((column) => column.name === name)?.type ?? 'text');
  return { ...table.read, key: { columns, types } };
}
