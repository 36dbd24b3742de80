import type { ChosenTable, SourceColumn } from './chosen-tables.ts';
import type { Value } from './database.ts';

/** A batch of rows as they are written: full LOB mode fills in later what is too long for its row. */
export interface LobBatch {
  columns: string[];
  rows: Value[][];
  later: { set: [column: string, value: Value]; key: [column: string, value: Value][] }[];
  /** Values that limited mode cut off. */
  truncated: number;
}

const KILOBYTE = 1_024;

/**
 * What DMS does to LOBs ("Setting LOB support for source databases", user guide). Limited mode cuts each value at its
 * limit and says nothing. Full mode needs a key: it writes longer values as NULL first and then, row by row, by the key;
 * a table without one goes without its LOBs.
 */
export function applyLobMode(table: ChosenTable, rows: Value[][]): LobBatch {
  const { lobs, lobMaxKilobytes, inlineKilobytes } = table.lobs;
  const isLob = ({ name, lob }: SourceColumn) => lob !== undefined && !table.source.key?.includes(name);
  const leftOut = lobs === 'none' || (lobs === 'full' && table.source.key === undefined);
  const chosen = table.columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ source }) => !leftOut || !isLob(source));
  const batch: LobBatch = { columns: chosen.map(({ target }) => target), rows: [], later: [], truncated: 0 };
  for (const row of rows) {
    const written = chosen.map(({ source, target, index }) => {
      const value = row[index] ?? null;
      if (value === null || source.lob === undefined || !isLob(source)) return value;
      if (lobs === 'limited') {
        const cut = cutAt(value, source.lob, lobMaxKilobytes * KILOBYTE);
        if (cut !== value) batch.truncated += 1;
        return cut;
      }
      if (bytesOf(value, source.lob) <= inlineKilobytes * KILOBYTE) return value;
      batch.later.push({ set: [target, value], key: keyOf(table, row) });
      return null;
    });
    batch.rows.push(written);
  }
  return batch;
}

function keyOf({ source, columns }: ChosenTable, row: Value[]): [string, Value][] {
  return (source.key ?? []).map((part) => {
    const index = columns.findIndex((column) => column.source.name === part);
    return [columns[index]?.target ?? part, row[index] ?? null];
  });
}

function bytesOf(value: string, kind: 'text' | 'bytes'): number {
  return kind === 'bytes' ? (value.length - 2) / 2 : Buffer.byteLength(value);
}

function cutAt(value: string, kind: 'text' | 'bytes', bytes: number): string {
  if (bytesOf(value, kind) <= bytes) return value;
  if (kind === 'bytes') return value.slice(0, 2 + bytes * 2);
  // A character that the limit cuts in two goes as a whole.
  return Buffer.from(value)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
}
