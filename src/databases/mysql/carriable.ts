import type { QualifiedName } from '../../model.ts';
import { tableNameOf } from '../../request/table-name.ts';
import type { Obstacle } from '../source-engine.ts';
import { readColumns, readSize } from './catalogue.ts';
import { withinSeconds, type Client } from './connection.ts';
import { quoteQualifiedName } from './identifiers.ts';
import { misfitsOf, type Misfit } from './misfits.ts';

/** Looking for a value reads every row of a table without it; what takes longer is found when the rows are counted. */
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
  const { schema, table } = tableNameOf(name);
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
  return findMisfit(client, name, misfitsOf(all, loaded));
}

async function findMisfit(client: Client, name: QualifiedName, misfits: Misfit[]): Promise<Obstacle | undefined> {
  for (const { sql, ...obstacle } of misfits) {
    const found = await withinSeconds(client, LOOK_SECONDS, () =>
      client.query(`select 1 from ${quoteQualifiedName(name)} where ${sql} limit 1`),
    );
    // A big table without such a value costs as much as several: the others are looked for when it is counted.
    if (found === undefined) return undefined;
    if (found.length > 0) return obstacle;
  }
  return undefined;
}
