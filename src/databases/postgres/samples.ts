import type { Client } from 'pg';
import type { Key, TableSurvey } from '../../model.ts';
import { fromClause } from './chunks.ts';
import { quoteIdentifier } from './identifiers.ts';

/** Below this a table is one key range: cutting it gains nothing. */
const SMALLEST_CUT_TABLE_ROWS = 50_000;
const ROWS_A_PART = 5_000;
const MOST_PARTS = 256;
const SAMPLED_ROWS = 100_000;
/** Rows vary little from page to page, so a few pages tell how many there are; a table that small is counted exactly. */
const COUNTED_PAGES = 256;

/** Of a table that nobody has analysed yet. */
export async function estimateRows(
  client: Client,
  table: Pick<TableSurvey, 'name' | 'kind'>,
  pages: number,
): Promise<number> {
  const share = Math.min(1, COUNTED_PAGES / pages);
  const { rows } = await client.query<{ count: string }>(
    `select count(*) from ${fromClause({ name: table.name, only: table.kind === 'table' })}
       tablesample system ($1) repeatable (0)`,
    [share * 100],
  );
  return Math.round(Number(rows[0]!.count) / share);
}

/**
 * Keys that cut the table into parts of about equal size, in the server's own order, whatever the key's types and however
 * skewed. From whole pages taken at random, since reading every row for a random few of them takes as long as copying.
 */
export async function readKeyQuantiles(
  client: Client,
  table: Pick<TableSurvey, 'name' | 'kind' | 'key' | 'estimatedRows' | 'rowsHidden'>,
): Promise<Key[]> {
  if (!table.key || table.rowsHidden || table.estimatedRows < SMALLEST_CUT_TABLE_ROWS) return [];
  const columns = table.key.map((_, index) => `k${index}`).join(', ');
  const parts = Math.min(MOST_PARTS, Math.floor(table.estimatedRows / ROWS_A_PART));
  const percent = Math.min(100, (SAMPLED_ROWS / table.estimatedRows) * 100);
  const { rows } = await client.query<Key>({
    text: `with sample(${columns}) as (
             select ${table.key.map(quoteIdentifier).join(', ')}
               from ${fromClause({ name: table.name, only: table.kind === 'table' })}
                    tablesample system ($1) repeatable (0)),
           ranked as (
             select *, row_number() over (order by ${columns}) as rank, count(*) over () as total from sample)
           select ${columns.replaceAll(/k\d+/g, '$&::text')} from ranked
            where rank * $2 / total > (rank - 1) * $2 / total and rank < total order by rank`,
    values: [percent, parts],
    rowMode: 'array',
  });
  return rows;
}
