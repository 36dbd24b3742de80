import type { Client } from '../../databases/postgres/connection.ts';
import { pipeRows, type Copied } from '../../databases/postgres/copy.ts';
import { quoteIdentifier, quoteLiteral } from '../../databases/postgres/identifiers.ts';
import type { Bookkeeping } from '../../target/bookkeeping.ts';
import type { LoadTable } from './table.ts';
import { targetKeyOf } from '../../survey/loaded-tables.ts';

const STAGE = 'pg_temp."il stage"';

/**
 * Copies into a temporary table beside the target, inside the chunk's transaction, for everything that COPY alone can't
 * do: upsert, and the conflict rule.
 */
export async function stageRows(
  source: { client: Client; select: string },
  target: Client,
  table: LoadTable,
  signal: AbortSignal,
): Promise<Copied> {
  await target.query(
    `create temporary table "il stage" on commit drop as select ${table.columns} from ${table.target} where false`,
  );
  return pipeRows(source, { client: target, table: STAGE, columns: table.columns }, table.plan.format, signal);
}

/** Writes the staged rows over those with the same key. Answers how many rows were written. */
export async function upsertStaged(target: Client, table: LoadTable): Promise<number> {
  const key = targetKeyOf(table.plan);
  const onConflict = `${insertStaged(table)} on conflict (${key.map(quoteIdentifier).join(', ')})`;
  const others = table.plan.columns.map((column) => column.target).filter((column) => !key.includes(column));
  if (others.length === 0) {
    // Nothing to write over, and an identity column could not even be set to itself. The rows that were there count.
    await target.query(`${onConflict} do nothing`);
    const same = key.map((column) => `t.${quoteIdentifier(column)} = s.${quoteIdentifier(column)}`).join(' and ');
    const { rows } = await target.query(
      `select count(*) from ${STAGE} s where exists (select from ${table.targetRows} t where ${same})`,
    );
    return Number(rows[0].count);
  }
  const updated = others.map((column) => `${quoteIdentifier(column)} = excluded.${quoteIdentifier(column)}`).join(', ');
  const { rowCount } = await target.query(`${onConflict} do update set ${updated}`);
  return rowCount ?? 0;
}

/**
 * The conflict rule. With more than one snapshot a unique value can move from one row to another between two reads, so
 * that the target's constraint fails for good. Then the row that holds the value in the target is the older reading:
 * it is taken out and its key queued to be read again, in the transaction that writes the newer one.
 */
export async function replaceConflicting(
  target: Client,
  table: LoadTable,
  bookkeeping: Bookkeeping,
): Promise<{ written: number; removed: number }> {
  let removed = 0;
  // Without a key nothing could be queued: then the constraint's own failure says what is wrong.
  for (const unique of table.plan.key ? table.targetSurvey.uniqueKeys : []) {
    const same = unique.map((column) => `t.${quoteIdentifier(column)} = s.${quoteIdentifier(column)}`).join(' and ');
    const key = targetKeyOf(table.plan)
      .map((column) => `gone.${quoteIdentifier(column)}::text`)
      .join(', ');
    const { rows } = await target.query(
      `with gone as (delete from ${table.targetRows} t using ${STAGE} s where ${same} returning t.*),
        queued as (insert into ${bookkeeping.reread} (source_table, key)
          select ${quoteLiteral(table.plan.source)}, jsonb_build_array(${key}) from gone on conflict do nothing)
       select count(*) as removed from gone`,
    );
    removed += Number(rows[0].removed);
  }
  const { rowCount } = await target.query(insertStaged(table));
  return { written: rowCount ?? 0, removed };
}

function insertStaged(table: LoadTable): string {
  return `insert into ${table.target} (${table.columns}) overriding system value select ${table.columns} from ${STAGE}`;
}
