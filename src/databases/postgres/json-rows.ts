import { to as copyTo } from 'pg-copy-streams';
import type { ColumnPlan } from '../../model.ts';
import type { Bounds, ReadTable } from '../source-engine.ts';
import { chunkCondition, fromClause } from './chunks.ts';
import type { Client } from './connection.ts';
import { quoteIdentifier } from './identifiers.ts';

/** A row's key and its columns, as JSON objects that PostgreSQL writes: numeric keeps its digits, times are ISO 8601, UTC. */
export interface JsonRow {
  /** null where the table has no key. */
  key: Buffer | null;
  value: Buffer;
}

/** PostgreSQL manual, COPY, "Binary Format": signature, flags, length of an extension that nobody uses. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEAD_BYTES = SIGNATURE.length + 8;
const END_OF_DATA = -1;

/**
 * The query whose rows are those of JsonRow: keys under their own names, columns under the target's.
 * @param formOf SQL for a column's value, by its name; as PostgreSQL writes it unless told
 */
export function selectJson(
  table: ReadTable,
  columns: ColumnPlan[],
  bounds: Bounds,
  formOf: (column: string, value: string) => string = (_, value) => value,
): string {
  // By name: the role may not be allowed to read the others.
  const read = [...new Set([...(table.key?.columns ?? []), ...columns.map(({ source }) => source)])].map(
    quoteIdentifier,
  );
  const rows = `(select ${read.join(', ')} from ${fromClause(table)}${chunkCondition(table, bounds)}) as "row"`;
  const valueOf = (column: string) => formOf(column, `"row".${quoteIdentifier(column)}`);
  const fields = columns.map((column) => `${valueOf(column.source)} as ${quoteIdentifier(column.target)}`);
  const key = table.key?.columns.map((column) => `${valueOf(column)} as ${quoteIdentifier(column)}`);
  return (
    `select ${key ? 'pg_catalog.row_to_json("key")::text' : 'null::text'}, pg_catalog.row_to_json("value")::text from ${rows}` +
    `${key ? `, lateral (select ${key.join(', ')}) as "key"` : ''}, lateral (select ${fields.join(', ')}) as "value"`
  );
}

/** Streams the rows of such a query. Holds no more of them than one block of the connection. @throws the database's error */
export async function* readJsonRows(client: Client, select: string): AsyncGenerator<JsonRow[]> {
  const stream = client.query(copyTo(`copy (${select}) to stdout (format binary)`));
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  for await (const block of stream as AsyncIterable<Buffer>) {
    const data: Buffer = rest.length === 0 ? block : Buffer.concat([rest, block]);
    let at = 0;
    if (!begun) {
      if (data.length < HEAD_BYTES) {
        rest = data;
        continue;
      }
      begun = true;
      at = HEAD_BYTES;
    }
    const rows: JsonRow[] = [];
    for (let row = takeRow(data, at); row; row = takeRow(data, at)) {
      rows.push(row);
      at = row.end;
    }
    rest = data.subarray(at);
    if (rows.length > 0) yield rows;
  }
  if (rest.length !== 2 || rest.readInt16BE(0) !== END_OF_DATA)
    throw new Error('The rows of the source end in mid-row.');
}

/** The row that begins there, if all of it is there. */
function takeRow(data: Buffer, at: number): (JsonRow & { end: number }) | undefined {
  if (data.length < at + 2 || data.readInt16BE(at) === END_OF_DATA) return undefined;
  const key = takeField(data, at + 2);
  const value = key && takeField(data, key.end);
  if (!value?.bytes) return undefined;
  return { key: key?.bytes ?? null, value: value.bytes, end: value.end };
}

function takeField(data: Buffer, at: number): { bytes: Buffer | null; end: number } | undefined {
  if (data.length < at + 4) return undefined;
  const length = data.readInt32BE(at);
  if (length === -1) return { bytes: null, end: at + 4 };
  const end = at + 4 + length;
  return data.length < end ? undefined : { bytes: data.subarray(at + 4, end), end };
}
