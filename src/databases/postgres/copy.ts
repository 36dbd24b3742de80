import { pipeline } from 'node:stream/promises';
import type { Client } from './connection.ts';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { ColumnPlan } from '../../model.ts';
import { quoteIdentifier } from './identifiers.ts';

export interface Copied {
  /** As the source's COPY counts them. */
  rowsRead: number;
  /** As the target's COPY counts them. */
  rowsWritten: number;
  bytes: number;
}

/** What COPY reads: a cast where the types differ and an allowed cast takes the value over. */
export function selectColumns(columns: ColumnPlan[]): string {
  return columns
    .map((column) => quoteIdentifier(column.source) + (column.castTo === undefined ? '' : `::${column.castTo}`))
    .join(', ');
}

export function targetColumns(columns: ColumnPlan[]): string {
  return columns.map((column) => quoteIdentifier(column.target)).join(', ');
}

/**
 * Pipes the rows of a query into a table, from server to server, without holding more than the sockets' buffers. Both
 * clients must be in a transaction; neither may be used for anything else meanwhile. When `signal` aborts, both ends
 * fail and the transactions can only be rolled back.
 *
 * @throws the error of the end that failed first, as PostgreSQL said it
 */
export async function pipeRows(
  source: { client: Client; select: string },
  target: { client: Client; table: string; columns: string },
  format: 'binary' | 'text',
  signal?: AbortSignal,
): Promise<Copied> {
  const output = source.client.query(copyTo(`copy (${source.select}) to stdout (format ${format})`));
  const input = target.client.query(copyFrom(`copy ${target.table} (${target.columns}) from stdin (format ${format})`));
  const piped = pipeline(output, input, signal === undefined ? {} : { signal });
  let bytes = 0;
  output.on('data', (block: Buffer) => {
    bytes += block.length;
  });
  await piped;
  return { rowsRead: output.rowCount, rowsWritten: input.rowCount, bytes };
}
