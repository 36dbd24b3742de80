import { findChunkEnd } from '../../databases/postgres/chunks.ts';
import type { Client } from '../../databases/postgres/connection.ts';
import { readJsonRows, selectJson } from '../../databases/postgres/json-rows.ts';
import type { Bounds, ReadTable } from '../../databases/source-engine.ts';
import type { Key, KeyRange, TablePlan } from '../../model.ts';
import { sourceTableOf } from '../../survey/loaded-tables.ts';
import type { Checkpoint, CheckpointPlace } from '../../target/topics/checkpoint.ts';
import { encodeRows, type ChunkMarks } from '../../target/topics/encode-rows.ts';
import { feedChunk, type Feed } from '../../target/topics/feed.ts';
import { checkpointGroup } from '../../target/topics/names.ts';
import type { OpenTopic } from '../../target/topics/open-topics.ts';
import type { TableFormat } from '../../target/topics/table-format.ts';

/** A row as JSON, with its key, takes about so many times what the table takes on disk. */
const JSON_FACTOR = 2;

/** Where a key range's checkpoint is. */
export function placeOf({ load }: Feed, range: KeyRange, { topic }: OpenTopic): CheckpointPlace {
  return { group: checkpointGroup(load, range.id), topic: topic.name };
}

export interface ChunkOf {
  range: KeyRange;
  table: TablePlan;
  topic: OpenTopic;
  format: TableFormat;
  from: Checkpoint;
}

/**
 * Feeds the next chunk of a key range. The source must be in a transaction of one snapshot.
 * @returns the new checkpoint
 */
export async function copyChunk(feed: Feed, source: Client, chunk: ChunkOf): Promise<Checkpoint> {
  const { range, table, topic, format, from } = chunk;
  const read = sourceTableOf(feed.load, table);
  const start = from.position ?? range.from;
  const bounds = { ...(start && { from: start }), ...(range.to && { to: range.to }) };
  const ends = format.showsMarks ? marksOf(feed, chunk) : {};
  const end = read.key && (await findEnd(source, read, bounds, rowsOfChunk(feed, table), ends.last !== undefined));
  const select = selectJson(read, table.columns, end ? { ...bounds, to: end } : bounds, format.formOf);
  const { last, ...first } = ends;
  const marks = { usual: 'true' as const, ...first, ...(last && !end && { last }) };
  return feedChunk(feed, topic, encodeRows(readJsonRows(source, select), format.encode, marks), {
    place: placeOf(feed, range, topic),
    from,
    reached: () => ({ ...(end && { position: end }), done: end === undefined }),
  });
}

/** @param lookFurther so that the chunk with the last row is known to be the last one, and none without rows follows it */
async function findEnd(
  source: Client,
  table: ReadTable,
  bounds: Bounds,
  rows: number,
  lookFurther: boolean,
): Promise<Key | undefined> {
  const end = await findChunkEnd(source, table, bounds, rows);
  if (!end || !lookFurther) return end;
  return (await findChunkEnd(source, table, { ...bounds, from: end }, 1)) && end;
}

/**
 * By the plan's order of tables and ranges, whoever feeds them and when. A range that turns out to be empty leaves its mark
 * out: whether others follow is known to nobody while they are fed at once.
 */
function marksOf({ load: { plan } }: Feed, { range, table, from }: ChunkOf): Pick<ChunkMarks, 'first' | 'last'> {
  const ranges = plan.ranges.filter((other) => other.table === table.source);
  const isFirst = ranges[0]?.id === range.id && from.rows === 0;
  const isLast = ranges.at(-1)?.id === range.id;
  return {
    ...(isFirst && { first: plan.tables[0]?.source === table.source ? 'first' : 'first_in_data_collection' }),
    ...(isLast && { last: plan.tables.at(-1)?.source === table.source ? 'last' : 'last_in_data_collection' }),
  };
}

/** Where bytes are limited, a chunk has no more rows than its time allows, as far as their size was estimated. */
function rowsOfChunk({ chunkRows, chunkBytes }: Feed, { estimatedBytes, estimatedRows }: TablePlan): number {
  const bytesARow = (JSON_FACTOR * estimatedBytes) / Math.max(1, estimatedRows);
  return Math.max(1, Math.min(chunkRows, Math.floor(chunkBytes / Math.max(1, bytesARow))));
}
