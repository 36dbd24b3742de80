import type { Bounds, CountedTable, Source } from '../databases/source-engine.ts';
import type { KeyRange, SourceChanges, SourcePositions, TablePlan } from '../model.ts';
import { databaseTargetOf, isUpsert } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import { sourceTableOf } from '../survey/loaded-tables.ts';
import { documentName } from '../store/documents.ts';

/** Counts so far, by piece, so that the next invocation goes on from there. */
export type Counts = Record<string, number>;
export const countsDocument = documentName<Counts>('counts.json');

/** What is counted by one statement: the rows of a table within bounds. */
export interface Piece {
  name: string;
  side: 'source' | 'target';
  table: TablePlan;
  bounds: Bounds;
}

/** As much as is counted in one go, well within an invocation: a scan of less takes longer by its range than as a whole. */
const PIECE_BYTES = 2 * 1024 * 1024 * 1024;

/**
 * What is counted: the plan's key ranges on both sides, neighbours together up to a size. A key that a collation orders is
 * counted as a whole in the target, where its ranges may cut elsewhere; so is a table that an upsert leaves with rows that
 * the source doesn't have. Rows that are told apart are counted as a whole in the source, and files are no key ranges.
 */
export function piecesOf(load: Load): Piece[] {
  return load.plan.tables.flatMap((table) => {
    const ranges = load.plan.ranges.filter((range) => range.table === table.source);
    const sameOrder =
      table.key !== undefined && !table.keyIsCollated && databaseTargetOf(load.request) && !isUpsert(load.request);
    const bounds = joinNeighbours(ranges, table);
    const toldApart = table.counting?.by === 'source' && table.counting.distinct !== undefined;
    return [
      ...piecesOn('source', table, toldApart ? [{}] : bounds),
      ...piecesOn('target', table, sameOrder ? bounds : [{}]),
    ];
  });
}

function piecesOn(side: Piece['side'], table: TablePlan, bounds: Bounds[]): Piece[] {
  return bounds.map((each, index) => ({ name: `${side} of ${table.source}, ${index + 1}`, side, table, bounds: each }));
}

function joinNeighbours(ranges: KeyRange[], table: TablePlan): Bounds[] {
  const rowBytes = table.estimatedBytes / Math.max(1, table.estimatedRows);
  const joined: Bounds[] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { from, to, estimatedRows } of ranges) {
    if (bytes + estimatedRows * rowBytes > PIECE_BYTES) {
      joined.push(from ? { from } : {});
      bytes = 0;
    }
    bytes += estimatedRows * rowBytes;
    const { to: _, ...begun } = joined.pop() ?? {};
    joined.push({ ...begun, ...(to && { to }) });
  }
  return joined;
}

/** The sum over a table's pieces of one side. */
export function total(pieces: Piece[], counts: Counts, side: Piece['side'], table: TablePlan): number {
  return pieces
    .filter((piece) => piece.side === side && piece.table === table)
    .reduce((sum, piece) => sum + (counts[piece.name] ?? Number.NaN), 0);
}

export function countInSource(source: Source, load: Load, { table, bounds }: Piece): Promise<number> {
  return source.countRows(countedTableOf(load, table), bounds);
}

/** The source's rows now, with the evidence of what changed since the load began; undefined where there is none. */
export async function countChanges(
  source: Source,
  load: Load,
  table: TablePlan,
  { before }: SourcePositions,
): Promise<{ sourceRows: number; changes: SourceChanges } | undefined> {
  return before && source.countChanges(countedTableOf(load, table), before, load.survey.source.readReplica);
}

/** A table of the source, with the rows that the transformation leaves of it where the source can tell. */
function countedTableOf(load: Load, table: TablePlan): CountedTable {
  const read = sourceTableOf(load, table);
  if (table.counting?.by !== 'source') return read;
  const { by: _, ...transformed } = table.counting;
  const columns = load.survey.source.tables.find(({ name }) => name === table.source)?.columns ?? [];
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, type]));
  return { ...read, transformed: { ...transformed, types } };
}
