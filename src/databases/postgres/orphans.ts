import type { Client } from './connection.ts';
import { quoteIdentifier } from './identifiers.ts';

/** A foreign key: its tables as SQL, which keeps inheritance children out (a foreign key doesn't see them), its columns by name. */
export interface Reference {
  table: string;
  columns: string[];
  references: string;
  referencedColumns: string[];
}

/** Values (as text, in the columns' order) that the table refers to and the referenced table lacks; at most `limit`. */
export async function findMissingReferences(client: Client, reference: Reference, limit: number): Promise<string[][]> {
  const columns = reference.columns.map((column) => `c.${quoteIdentifier(column)}::text`).join(', ');
  const { rows } = await client.query({
    text: `select distinct ${columns} from ${reference.table} c where ${isOrphan(reference)} limit $1`,
    values: [limit],
    rowMode: 'array',
  });
  return rows as string[][];
}

/** Deletes the rows that refer to nothing. Answers their keys as JSON arrays of text. */
export async function deleteOrphans(client: Client, reference: Reference, key: string[]): Promise<string[][]> {
  const columns = key.map((column) => `c.${quoteIdentifier(column)}::text`).join(', ');
  const { rows } = await client.query({
    text: `delete from ${reference.table} c where ${isOrphan(reference)} returning ${columns}`,
    rowMode: 'array',
  });
  return rows as string[][];
}

function isOrphan({ columns, references, referencedColumns }: Reference): string {
  const given = columns.map((column) => `c.${quoteIdentifier(column)} is not null`).join(' and ');
  const same = columns
    .map((column, index) => `p.${quoteIdentifier(referencedColumns[index] ?? '')} = c.${quoteIdentifier(column)}`)
    .join(' and ');
  return `${given} and not exists (select from ${references} p where ${same})`;
}
