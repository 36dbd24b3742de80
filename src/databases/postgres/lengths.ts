import type { Client } from './connection.ts';
import { quoteIdentifier } from './identifiers.ts';

/**
 * The bytes of the longest value of each column, in the columns' order; 0 where every value is NULL or there is no row.
 * @param table as SQL
 * @param columns of a type that has a length in bytes: text, varchar, bytea
 */
export async function longestValues(client: Client, table: string, columns: string[]): Promise<number[]> {
  const lengths = columns.map((column) => `coalesce(max(octet_length(${quoteIdentifier(column)})), 0)`).join(', ');
  const { rows } = await client.query<number[]>({ text: `select ${lengths} from ${table}`, rowMode: 'array' });
  return rows[0] ?? [];
}
