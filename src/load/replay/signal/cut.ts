import { findChunkEnd } from '../../../databases/postgres/chunks.ts';
import type { Client } from '../../../databases/postgres/connection.ts';
import { readTransactionId } from '../../../databases/postgres/signal-table.ts';
import type { KeyRange } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import type { NoteTopic } from './note-reader.ts';
import { rowsOfPart } from './pace.ts';
import { keepPart, planOf, readTableOf, type Part } from './part.ts';

/** Cuts a part that begins there and writes it down. It isn't asked for yet. @param before the part before it */
export async function cutPart(
  { load, source, notes }: { load: Load; source: Client; notes: NoteTopic },
  { range, from }: { range: KeyRange; from?: Part['from'] },
  { before, read }: { before: Part | undefined; read: Part['read'] },
): Promise<Part> {
  const rows = rowsOfPart(load.request, planOf(load, range.table));
  const bounds = { ...(from && { from }), ...(range.to && { to: range.to }) };
  const end = await findChunkEnd(source, readTableOf(load, range.table), bounds, rows);
  const to = end ?? range.to;
  return keepPart(load, {
    number: (before?.number ?? 0) + 1,
    range: range.id,
    table: range.table,
    ...(from && { from }),
    ...(to && { to }),
    ends: end === undefined,
    rows,
    askedAt: load.services.now().toISOString(),
    notesFrom: await notes.ends(),
    read,
    since: before?.since ?? (await readTransactionId(source)),
  });
}
