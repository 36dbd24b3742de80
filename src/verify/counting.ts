import type { Client } from '../databases/postgres/connection.ts';
import { chunkCondition, countRows, type Bounds, type ReadTable } from '../databases/postgres/chunks.ts';
import { countWrites, countWrittenSince } from '../databases/postgres/position.ts';
import type { KeyRange, SourcePositions, TablePlan } from '../model.ts';
import { isUpsert } from '../request/database-target.ts';
import type { Load } from '../services.ts';
import { documentName } from '../store/documents.ts';
import type { SourceChanges } from './compare.ts';

/** Counts so far, by piece (`<side> <key range>` or `<side> <table>`), so that the next invocation goes on from there. */
export type Counts = Record<string, number>;
export const countsDocument = documentName<Counts>('counts.json');

export interface Piece {
  side: 'source' | 'target';
  table: TablePlan;
  /** Absent: the whole table. */
  range?: KeyRange;
}

/**
 * What is counted: the plan's key ranges on both sides. A key that a collation orders is counted as a whole in the
 * target, where its ranges may cut elsewhere; so is a table that an upsert leaves with rows that the source doesn't have.
 */
export function piecesOf(load: Load): Piece[] {
  return load.plan.tables.flatMap((table) => {
    const ranges = load.plan.ranges.filter((range) => range.table === table.source);
    const bySource: Piece[] = ranges.map((range) => ({ side: 'source', table, range }));
    const byTarget: Piece[] = ranges.map((range) => ({ side: 'target', table, range }));
    const sameOrder = table.key !== undefined && !table.keyIsCollated && !isUpsert(load.request);
    return [...bySource, ...(sameOrder ? byTarget : [{ side: 'target', table } satisfies Piece])];
  });
}

export function pieceName(piece: Piece): string {
  return `${piece.side} ${piece.range?.id ?? piece.table.target}`;
}

/** The sum over a table's pieces of one side. */
export function total(pieces: Piece[], counts: Counts, side: Piece['side'], table: TablePlan): number {
  return pieces
    .filter((piece) => piece.side === side && piece.table === table)
    .reduce((sum, piece) => sum + (counts[pieceName(piece)] ?? Number.NaN), 0);
}

export function countPiece(client: Client, load: Load, piece: Piece): Promise<number> {
  const table = piece.side === 'source' ? sourceTable(load, piece.table) : targetTable(load, piece.table);
  return countRows(client, table, boundsOf(piece.range));
}

/** The source's rows now, with the evidence of what changed since the load began; undefined without a first position. */
export async function countChanges(
  client: Client,
  load: Load,
  table: TablePlan,
  positions: SourcePositions,
): Promise<{ sourceRows: number; changes: SourceChanges } | undefined> {
  const before = positions.before;
  const earlier = before?.tables.find((state) => state.table === table.source);
  if (!before || !earlier) return undefined;
  const read = sourceTable(load, table);
  const { rows, written } = await countWrittenSince(client, read, chunkCondition(read, {}), before.oldestTransaction);
  // After the count: a write that the count saw must be among these.
  const writes = await countWrites(client, table.source);
  const writesSince = load.survey.source.readReplica ? undefined : Math.max(0, writes - earlier.writes);
  return { sourceRows: rows, changes: { writtenSince: written, writesSince } };
}

function sourceTable(load: Load, table: TablePlan): ReadTable {
  return {
    name: table.source,
    only: load.survey.source.tables.find((surveyed) => surveyed.name === table.source)?.kind === 'table',
    where: table.where,
    ...(table.key && table.keyTypes && { key: { columns: table.key, types: table.keyTypes } }),
  };
}

function targetTable(load: Load, table: TablePlan): ReadTable {
  const surveyed = load.survey.target?.tables.find((candidate) => candidate.name === table.target);
  const columns = table.key?.map((name) => table.columns.find((column) => column.source === name)?.target ?? name);
  const types = columns?.map((name) => surveyed?.columns.find((column) => column.name === name)?.type ?? 'text');
  return {
    name: table.target,
    only: surveyed?.kind === 'table',
    where: [],
    ...(columns && types && { key: { columns, types } }),
  };
}

function boundsOf(range: KeyRange | undefined): Bounds {
  return { ...(range?.from && { from: range.from }), ...(range?.to && { to: range.to }) };
}
