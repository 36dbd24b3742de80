import type { Note } from './notes.ts';

/** How far a connector is with a snapshot that it was asked for. */
export type Judgement =
  /** Nothing says that it knows of it. */
  | { state: 'unseen' }
  /** `behind`: other tables that it reads before it, or with it; `paused` by somebody. */
  | { state: 'running'; behind: string[]; paused: boolean }
  /** `rows` is what it says; what it read before it was last started is not in it. */
  | { state: 'done'; rows: number }
  /** Somebody else asked for a snapshot meanwhile, so that the connector's word for the end is of that one's. */
  | { state: 'overtaken' }
  | { state: 'failed'; why: string };

const GOOD_ENDS = new Set(['SUCCEEDED', 'EMPTY']);
const BAD_ENDS: Record<string, string> = {
  NO_PRIMARY_KEY: 'the table has no primary key',
  UNKNOWN_SCHEMA: "the connector doesn't capture the table (table.include.list)",
  SQL_EXCEPTION: "the connector's query failed; its log says why",
};

/**
 * What the notes since a signal say of the snapshot that it asks for. A connector has one queue of tables, and calls all of
 * them by the id of the signal that came last. So only COMPLETED with the signal's own id, which it says when the queue is
 * empty, tells that the snapshot is done.
 * @param notes in the order of their time
 * @param asked.table as Debezium writes it: without quotes
 */
export function judge(notes: Note[], { id, table }: { id: string; table: string }): Judgement {
  const first = notes.findIndex((note) => note.id === id);
  if (first === -1) return { state: wasTakenAlong(notes, table) ? 'overtaken' : 'unseen' };
  const since = notes.slice(first).filter(({ connector }) => connector === notes[first]?.connector);
  let rows: number | undefined;
  for (const note of since) {
    if (note.scan?.table === table && note.id === id) {
      if (!GOOD_ENDS.has(note.scan.status)) return failed(note.scan.status);
      rows = (rows ?? 0) + note.scan.rows;
    }
    if (note.type === 'ABORTED' && note.tables.includes(table)) return stopped;
    if (note.type !== 'COMPLETED') continue;
    if (note.id !== id) return { state: 'overtaken' };
    return rows === undefined ? stopped : { state: 'done', rows };
  }
  const last = since.findLast(({ tables }) => tables.length > 0);
  return { state: 'running', behind: othersOf(last?.tables ?? [], table), paused: last?.type === 'PAUSED' };
}

/** Somebody's signal came so soon after it that nothing was said with its id. Where it wasn't, rows are read twice. */
function wasTakenAlong(notes: Note[], table: string): boolean {
  const queued = notes.find(({ tables }) => tables.includes(table));
  return notes.some(
    (note) => note.type === 'COMPLETED' && note.connector === queued?.connector && note.at >= queued.at,
  );
}

const stopped: Judgement = { state: 'failed', why: 'somebody stopped it' };

function failed(status: string): Judgement {
  return { state: 'failed', why: BAD_ENDS[status] ?? `the connector says ${status}` };
}

function othersOf(tables: string[], table: string): string[] {
  return [...new Set(tables)].filter((other) => other !== table);
}
