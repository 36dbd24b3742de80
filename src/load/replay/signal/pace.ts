import type { LoadRequest } from '../../../request/schema.ts';
import type { TablePlan } from '../../../model.ts';
import { paceOf } from '../pace.ts';
import type { Part } from './part.ts';

/** What goes on by itself after the load was closed, or while others lag: a part, and no more. */
const PART_ROWS = 20_000;
/** A part comes as fast as the connector reads; the limit holds over this time. */
const PART_SECONDS = 10;
/** An event with its envelope, before Debezium's converter, takes about so many times what a row takes on disk. */
const EVENT_FACTOR = 4;

/** How many rows the next part of a table may have at most. */
export function rowsOfPart({ kafka, limits }: LoadRequest, table: TablePlan): number {
  const seconds = secondsARow(limits, table);
  return Math.max(1, Math.min(kafka?.chunkRows ?? PART_ROWS, Math.floor(PART_SECONDS / seconds)));
}

/** When the next part may be asked for, by the request's limits: as if this one came at the rate that they allow. */
export function dueAfter({ rows, askedAt }: Part, { limits }: LoadRequest, table: TablePlan): Date {
  return new Date(Date.parse(askedAt) + rows * secondsARow(limits, table) * 1_000);
}

function secondsARow(limits: LoadRequest['limits'], { estimatedBytes, estimatedRows }: TablePlan): number {
  const perSecond = paceOf({ limits });
  const bytes = (EVENT_FACTOR * estimatedBytes) / Math.max(1, estimatedRows);
  return Math.max(1 / perSecond.records, bytes / perSecond.bytes);
}
