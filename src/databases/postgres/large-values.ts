import type { Client } from './connection.ts';
import type { TableSurvey } from '../../model.ts';
import { fromClause } from './chunks.ts';
import { quoteIdentifier } from './identifiers.ts';

/** Types without a limit of length, which AWS DMS carries as large objects. */
const LARGE_TYPES = new Set(['text', 'bytea']);
/** Lengths are read without the values (they stand beside what is stored out of line), but of every row. */
const TIMEOUT_SECONDS = 20;
/** Whoever waits for the plan should not wait for every big table in turn. */
const MOST_TIMEOUTS = 3;
const QUERY_CANCELED = '57014';

/**
 * Sets largestLobBytes of the tables where it matters (see TableSurvey), unless that takes too long. In an open
 * transaction, which stays usable.
 */
export async function measureLargestLobs(
  client: Client,
  tables: TableSurvey[],
  timeoutMs = TIMEOUT_SECONDS * 1_000,
): Promise<void> {
  let timeouts = 0;
  for (const table of tables) {
    const columns = table.columns.filter(({ type }) => LARGE_TYPES.has(type));
    const matters = columns.length > 0 && (!table.key || columns.some(({ nullable }) => !nullable));
    if (!matters || table.rowsHidden || timeouts === MOST_TIMEOUTS) continue;
    const names = columns.map(({ name }) => name);
    const bytes = await measure(client, table, names, timeoutMs);
    if (bytes === undefined) timeouts += 1;
    else table.largestLobBytes = bytes;
  }
}

async function measure(
  client: Client,
  table: TableSurvey,
  columns: string[],
  timeoutMs: number,
): Promise<number | undefined> {
  const lengths = columns.map((column) => `max(octet_length(${quoteIdentifier(column)}))`).join(', ');
  await client.query('savepoint large_values');
  try {
    await client.query(`set local statement_timeout = ${timeoutMs}`);
    const { rows } = await client.query<{ bytes: number }>(
      `select coalesce(greatest(${lengths}), 0) as bytes from ${fromClause({ name: table.name, only: table.kind === 'table' })}`,
    );
    return rows[0]!.bytes;
  } catch (error) {
    if ((error as { code?: string }).code === QUERY_CANCELED) return undefined;
    throw error;
  } finally {
    // Gives the session its own time-out back as well.
    await client.query('rollback to savepoint large_values').catch(() => {});
  }
}
