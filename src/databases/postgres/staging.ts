import type { QualifiedName } from '../../model.ts';
import { writeTableName } from '../../request/table-name.ts';
import type { Client } from './connection.ts';
import { quoteIdentifier, quoteQualifiedName } from './identifiers.ts';

/** SQL that takes rows through a staging table beside their target, see JobStaging. */
export interface Staging {
  stage: string;
  createStage: string;
  dropStage: string;
  columns: { name: string; target: string; stage: string }[];
  publishInto: string;
  publishOverriding: string;
  publishFrom: string;
}

/** @param columns the target's that get values */
export function stagingOf(stage: QualifiedName, target: QualifiedName, columns: string[]): Staging {
  const [staged, into] = [quoteQualifiedName(stage), quoteQualifiedName(target)];
  const named = columns.map((name, index) => ({ name, target: quoteIdentifier(name), stage: `c${index + 1}` }));
  return {
    stage: staged,
    // Types with their modifiers, and nothing else of the target's. It is filled once and read once.
    createStage:
      `create unlogged table ${staged} (${[...named.map((column) => column.stage), 'il_part'].join(', ')}) ` +
      'with (autovacuum_enabled = off, toast.autovacuum_enabled = off) as ' +
      `select ${[...named.map((column) => column.target), '0'].join(', ')} from ${into} with no data`,
    dropStage: `drop table if exists ${staged}`,
    columns: named,
    publishInto: `insert into ${into}`,
    publishOverriding: 'overriding system value',
    // A row keeps the number of the transaction that wrote it, also when it is frozen.
    publishFrom:
      `from ${staged} where (il_part, xmin::text) in ` +
      `(select il_part, min(xmin::text) from ${staged} group by il_part)`,
  };
}

/** Drops the tables of a schema whose names begin so. @returns their names */
export async function dropStages(client: Client, schema: string, prefix: string): Promise<QualifiedName[]> {
  const { rows } = await client.query<{ table: string }>(
    `select c.relname as table from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and starts_with(c.relname, $2) and c.relkind = 'r' order by 1`,
    [schema, prefix],
  );
  const names = rows.map(({ table }) => writeTableName({ schema, table }));
  if (names.length > 0) await client.query(`drop table if exists ${names.map(quoteQualifiedName).join(', ')}`);
  return names;
}
