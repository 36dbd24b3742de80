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
/** Most rows are no longer. */
const USUAL_ROW_BYTES = 1_024;

/**
 * The query whose rows are those of JsonRow: keys under their own names, columns under the target's. They stay json, which
 * goes as its text: a cast would copy each of them once more.
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
    `select ${key ? 'pg_catalog.row_to_json("key")' : 'null::json'}, pg_catalog.row_to_json("value") from ${rows}` +
    `${key ? `, lateral (select ${key.join(', ')}) as "key"` : ''}, lateral (select ${fields.join(', ')}) as "value"`
  );
}

/** Streams the rows of such a query. Holds no more of them than one block of the connection. @throws the database's error */
export async function* readJsonRows(client: Client, select: string): AsyncGenerator<JsonRow[]> {
  const stream = client.query(copyTo(`copy (${select}) to stdout (format binary)`));
  const cutter = new RowCutter();
  for await (const block of stream as AsyncIterable<Buffer>) {
    const rows = cutter.cut(block);
    if (rows.length > 0) yield rows;
  }
  cutter.end();
}

/** Cuts blocks into rows. A block hardly ever ends with a row: what is copied is only the row that goes on in the next one. */
class RowCutter {
  #rest: Buffer = Buffer.alloc(0);
  #begun = false;

  /** The rows that end in this block: parts of it. */
  cut(block: Buffer): JsonRow[] {
    const rows: JsonRow[] = [];
    const first = this.#begun ? takeCutRow(this.#rest, block) : undefined;
    if (first) rows.push(first);
    const data = first || this.#rest.length === 0 ? block : Buffer.concat([this.#rest, block]);
    let at = first ? first.end - this.#rest.length : 0;
    if (!this.#begun && data.length >= HEAD_BYTES) {
      this.#begun = true;
      at = HEAD_BYTES;
    }
    for (let row = this.#begun ? takeRow(data, at) : undefined; row; row = takeRow(data, at)) {
      rows.push(row);
      at = row.end;
    }
    this.#rest = data.subarray(at);
    return rows;
  }

  end(): void {
    if (this.#rest.length !== 2 || this.#rest.readInt16BE(0) !== END_OF_DATA)
      throw new Error('The rows of the source end in mid-row.');
  }
}

/** The row of which the block before had only the beginning, if the rest of it is in this one. `end` counts from its beginning. */
function takeCutRow(beginning: Buffer, block: Buffer): ReturnType<typeof takeRow> {
  if (beginning.length === 0) return undefined;
  for (let bytes = USUAL_ROW_BYTES; ; bytes *= 8) {
    const row = takeRow(Buffer.concat([beginning, block.subarray(0, bytes)]), 0);
    if (row || bytes >= block.length) return row;
  }
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
