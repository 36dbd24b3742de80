import type { QualifiedName } from '../../model.ts';
import type { Obstacle } from '../source-engine.ts';
import { readColumns, readSize } from './catalogue.ts';
import { withinSeconds, type Client } from './connection.ts';
import { partsOf, quoteQualifiedName } from './identifiers.ts';
import { dateColumns, impossibleDate } from './rows.ts';

/** Looking for dates reads every row of a table without one; what takes longer is found when the rows are counted. */
const LOOK_SECONDS = 20;

/**
 * What of a table AWS DMS would leave out or change without a word, by its guide ("Limitations on using a MySQL database
 * as a source").
 * @param loaded the columns that are loaded; all when absent
 */
export async function findUncarriable(
  client: Client,
  name: QualifiedName,
  loaded: string[] | undefined,
): Promise<Obstacle | undefined> {
  const all = await readColumns(client, name);
  const columns = all.filter((column) => loaded?.includes(column.name) ?? true);
  const { schema, table } = partsOf(name);
  const odd = [schema, table, ...columns.map((column) => column.name)].find((part) => /[`']/.test(part));
  if (odd !== undefined) {
    return {
      wrong: `AWS DMS reads no schema, table or column with a quote in its name, as ${odd} has`,
      advice: 'Rename it, or leave it out',
    };
  }
  const invisible = columns.find((column) => Number(column.invisible) === 1)?.name;
  if (invisible !== undefined) {
    return {
      wrong: `AWS DMS leaves out invisible columns, as ${invisible} is`,
      advice: 'Make it visible, or load the other columns only (columns)',
    };
  }
  if ((await readSize(client, name))?.type === 'SYSTEM VERSIONED') {
    return { wrong: 'AWS DMS does not read system-versioned tables', advice: 'Load a copy of it' };
  }
  return findImpossibleDate(client, name, dateColumns(all, loaded));
}

async function findImpossibleDate(
  client: Client,
  name: QualifiedName,
  columns: string[],
): Promise<Obstacle | undefined> {
  for (const column of columns) {
    const found = await withinSeconds(client, LOOK_SECONDS, () =>
      client.query(`select 1 from ${quoteQualifiedName(name)} where ${impossibleDate([column])} limit 1`),
    );
    if (found === undefined || found.length === 0) continue;
    return {
      wrong: `${column} holds a date such as 0000-00-00, which PostgreSQL does not have: AWS DMS writes NULL instead`,
      advice: 'Correct these dates in the source, or drop the column',
    };
  }
  return undefined;
}
