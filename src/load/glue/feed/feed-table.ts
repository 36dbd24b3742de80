import { basename } from 'node:path';
import { LoadFailedError } from '../../../errors.ts';
import { readCheckpoint, type Checkpoint, type CheckpointPlace } from '../../../target/topics/checkpoint.ts';
import { feedChunk, type Feed } from '../../../target/topics/feed.ts';
import { checkpointGroup } from '../../../target/topics/names.ts';
import type { OpenTopic } from '../../../target/topics/open-topics.ts';
import { RowFile } from './row-file.ts';
import type { StagedTable } from './staged-rows.ts';

/**
 * Feeds a table's files to its topic, one after the other, from where its checkpoint is, until `until`. The position in the
 * checkpoint is a file's name and the byte at which the next row begins.
 * @param told of each checkpoint @returns the last one
 * @throws SupersededError, LoadFailedError, TransientError
 */
export async function feedTable(feed: Feed, to: Feeding, told: (checkpoint: Checkpoint) => void): Promise<Checkpoint> {
  const place = placeOf(feed, to);
  let checkpoint = await readCheckpoint(feed.cluster, place);
  told(checkpoint);
  let file = openAt(to.staged, checkpoint);
  try {
    while (!checkpoint.done && feed.load.services.now() < to.until) {
      checkpoint = await feedNext(feed, { ...to, place }, file, checkpoint);
      told(checkpoint);
      if (!file?.rows.ended) continue;
      await file.rows.close();
      file = openAt(to.staged, checkpoint);
    }
  } finally {
    await file?.rows.close();
  }
  return checkpoint;
}

interface Feeding {
  staged: StagedTable;
  topic: OpenTopic;
  until: Date;
}

interface OpenFile {
  /** Of the table's files. */
  index: number;
  name: string;
  rows: RowFile;
}

function feedNext(
  feed: Feed,
  { staged, topic, place }: Feeding & { place: CheckpointPlace },
  file: OpenFile | undefined,
  from: Checkpoint,
): Promise<Checkpoint> {
  return feedChunk(feed, topic, file ? file.rows.take(feed.chunkRows) : nothing(), {
    place,
    from,
    reached: () => ({
      ...(file && { position: [file.name, String(file.rows.position)] }),
      done: !file || (file.rows.ended && file.index === staged.files.length - 1),
    }),
  });
}

/** The first row that was not fed; undefined where the table has no row at all. */
function openAt({ table, files }: StagedTable, { position, done }: Checkpoint): OpenFile | undefined {
  if (done) return undefined;
  const [name, byte = '0'] = position ?? [];
  const known = name === undefined ? 0 : files.findIndex(({ key }) => basename(key) === name);
  if (known === -1) throw new LoadFailedError(`${table} was fed from ${name}, which is none of the job's files.`);
  const isRead = files[known] !== undefined && Number(byte) >= files[known].size;
  const index = isRead ? known + 1 : known;
  const file = files[index];
  return file && { index, name: basename(file.key), rows: new RowFile(file, isRead ? 0 : Number(byte)) };
}

/** The checkpoint of a table is that of its first key range: it has no other parts here. */
function placeOf({ load }: Feed, { staged: { table }, topic: { topic } }: Feeding): CheckpointPlace {
  const range = load.plan.ranges.find((each) => each.table === table);
  if (!range) throw new Error(`The plan has no range of ${table}.`);
  return { group: checkpointGroup(load, range.id), topic: topic.name };
}

async function* nothing(): AsyncGenerator<never[]> {}
