import { findChunkEnd } from '../../databases/postgres/chunks.ts';
import type { Client } from '../../databases/postgres/connection.ts';
import { readJsonRows, selectJson } from '../../databases/postgres/json-rows.ts';
import type { KeyRange, TablePlan } from '../../model.ts';
import { sourceTableOf } from '../../survey/loaded-tables.ts';
import type { Checkpoint, CheckpointPlace } from '../../target/topics/checkpoint.ts';
import { feedChunk, type Feed } from '../../target/topics/feed.ts';
import { checkpointGroup } from '../../target/topics/names.ts';
import type { OpenTopic } from '../../target/topics/open-topics.ts';

/** A row as JSON, with its key, takes about so many times what the table takes on disk. */
const JSON_FACTOR = 2;

/** Where a key range's checkpoint is. */
export function placeOf({ load }: Feed, range: KeyRange, { topic }: OpenTopic): CheckpointPlace {
  return { group: checkpointGroup(load, range.id), topic: topic.name };
}

/**
 * Feeds the next chunk of a key range. The source must be in a transaction of one snapshot.
 * @returns the new checkpoint
 */
export async function copyChunk(
  feed: Feed,
  source: Client,
  { range, topic, from }: { range: KeyRange; topic: OpenTopic; from: Checkpoint },
): Promise<Checkpoint> {
  const plan = feed.load.plan.tables.find((table) => table.source === range.table);
  if (!plan) throw new Error(`The plan of load ${feed.load.loadId} does not know the table ${range.table}.`);
  const read = sourceTableOf(feed.load, plan);
  const start = from.position ?? range.from;
  const bounds = { ...(start && { from: start }), ...(range.to && { to: range.to }) };
  const end = read.key ? await findChunkEnd(source, read, bounds, rowsOfChunk(feed, plan)) : undefined;
  const select = selectJson(read, plan.columns, end ? { ...bounds, to: end } : bounds);
  return feedChunk(feed, topic, readJsonRows(source, select), {
    place: placeOf(feed, range, topic),
    from,
    reached: () => ({ ...(end && { position: end }), done: end === undefined }),
  });
}

/** Where bytes are limited, a chunk has no more rows than its time allows, as far as their size was estimated. */
function rowsOfChunk({ chunkRows, chunkBytes }: Feed, { estimatedBytes, estimatedRows }: TablePlan): number {
  const bytesARow = (JSON_FACTOR * estimatedBytes) / Math.max(1, estimatedRows);
  return Math.max(1, Math.min(chunkRows, Math.floor(chunkBytes / Math.max(1, bytesARow))));
}
