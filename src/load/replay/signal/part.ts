import { boundsCondition } from '../../../databases/postgres/chunks.ts';
import type { Signal } from '../../../databases/postgres/signal-table.ts';
import type { ReadTable } from '../../../databases/source-engine.ts';
import type { Key, QualifiedName, TablePlan } from '../../../model.ts';
import { resourceName } from '../../../request/resource-name.ts';
import { tableNameOf } from '../../../request/table-name.ts';
import type { Load } from '../../../services.ts';
import { sourceTableOf } from '../../../survey/loaded-tables.ts';
import { documentName } from '../../../store/documents.ts';

/**
 * What one signal asks for: some rows of one table, with from < key ≤ to. A connector that is asked for a whole table can be
 * paused, but forgets that when it is started again, and goes on; asked for so many rows, it stops by itself.
 */
export interface Part {
  /** From 1, of this attempt. */
  number: number;
  range: number;
  table: QualifiedName;
  from?: Key;
  to?: Key;
  /** It is the last of its key range. */
  ends: boolean;
  /** At most so many, as the source had them when it was cut. */
  rows: number;
  /** ISO 8601, UTC. The signal itself is inserted a moment later. */
  askedAt: string;
  /** Offsets in the notification topic, by partition: what is said of it comes at or after them. */
  notesFrom: number[];
  /** Rows that the connector says it read before, by key range. */
  read: Record<number, number>;
  /** The transaction after which all windows of the load were written. */
  since: string;
}

/** Of an attempt: what an earlier one asked for may have been stopped anywhere. */
const folderOf = ({ attempt }: Load): string => `signals/${attempt}/`;
const partDocument = (load: Load, number: number) =>
  documentName<Part>(`${folderOf(load)}${String(number).padStart(6, '0')}.json`);

/** The part that was asked for last. */
export async function lastPart(load: Load): Promise<Part | undefined> {
  const numbers = (await load.documents.list(folderOf(load))).map((path) => Number(/(\d+)\.json$/.exec(path)?.[1]));
  if (numbers.length === 0) return undefined;
  return load.documents.need(partDocument(load, Math.max(...numbers)));
}

/** Of two invocations that cut the next part at once, one decides what it is. */
export async function keepPart(load: Load, part: Part): Promise<Part> {
  const document = partDocument(load, part.number);
  return (await load.documents.create(document, part)) ? part : load.documents.need(document);
}

/** What the ids of all signals of this attempt begin with. */
export function signalPrefix({ loadId, attempt }: Load): string {
  return `${resourceName(loadId, `s${attempt}`)}-`;
}

export function signalIdOf(load: Load, { number }: Pick<Part, 'number'>): string {
  return `${signalPrefix(load)}${number}`;
}

/** As Debezium writes and reads a table's name, where it has no signs that mean something else to it: without quotes. */
export function collectionOf(table: QualifiedName): string {
  const { schema, table: name } = tableNameOf(table);
  return `${schema}.${name}`;
}

/** Asks for the rows of a part, within the request's conditions (Debezium manual, "Ad hoc incremental snapshots"). */
export function snapshotSignal(load: Load, part: Part): Signal {
  const collection = collectionOf(part.table);
  const { from, to } = part;
  const filter = boundsCondition(readTableOf(load, part.table), { ...(from && { from }), ...(to && { to }) });
  const data = {
    type: 'incremental',
    'data-collections': [collection],
    ...(filter !== '' && { 'additional-conditions': [{ 'data-collection': collection, filter: `(${filter})` }] }),
  };
  return { id: signalIdOf(load, part), type: 'execute-snapshot', data: JSON.stringify(data) };
}

/** Takes the part's table out of what the connector still has to read. */
export function stopSignal(load: Load, { table }: Part): Signal {
  const data = { type: 'incremental', 'data-collections': [collectionOf(table)] };
  return { id: `${signalPrefix(load)}stop`, type: 'stop-snapshot', data: JSON.stringify(data) };
}

export function readTableOf(load: Load, table: QualifiedName): ReadTable {
  return sourceTableOf(load, planOf(load, table));
}

export function planOf({ plan, loadId }: Load, table: QualifiedName): TablePlan {
  const found = plan.tables.find(({ source }) => source === table);
  if (!found) throw new Error(`The plan of load ${loadId} does not know the table ${table}.`);
  return found;
}
