import { LoadFailedError } from '../../../errors.ts';
import type { CommittedPosition } from '../../../kafka/transactional-producer.ts';
import type { Cluster } from '../../../kafka/cluster.ts';
import { committedPosition } from '../../../kafka/committed-position.ts';
import type { Key, KeyRange } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { checkpointGroup, topicNameOf } from '../../../target/topics/names.ts';

/**
 * Where a key range stands: what is committed with each chunk, in its transaction, as the metadata of a consumer group's
 * offset, which counts the chunks. So a checkpoint and its rows are there together or not at all.
 */
export interface Checkpoint {
  chunks: number;
  /** The key of the last row; absent before the first chunk, and of a table without a key. */
  position?: Key;
  done: boolean;
  rows: number;
  bytes: number;
}

const NOTHING: Checkpoint = { chunks: 0, done: false, rows: 0, bytes: 0 };
/** offset.metadata.max.bytes is 4096 unless a broker is told otherwise. */
const MOST_METADATA_BYTES = 4_096;
const PARTITION = 0;

/** Waits for a transaction that is being ended. To be asked by whoever has taken over the shard. */
export async function readCheckpoint(cluster: Cluster, load: Load, range: KeyRange): Promise<Checkpoint> {
  const committed = await committedPosition(cluster, placeOf(load, range));
  return committed ? { ...(JSON.parse(committed.metadata) as Checkpoint), chunks: Number(committed.offset) } : NOTHING;
}

/** @throws LoadFailedError for a key that is longer than a broker keeps */
export function positionOf(load: Load, range: KeyRange, { chunks, ...checkpoint }: Checkpoint): CommittedPosition {
  const metadata = JSON.stringify(checkpoint);
  if (Buffer.byteLength(metadata) > MOST_METADATA_BYTES) {
    const key = checkpoint.position?.join(', ').slice(0, 60);
    throw new LoadFailedError(`A key of ${range.table} is too long for a checkpoint: ${key}…`);
  }
  return { ...placeOf(load, range), offset: BigInt(chunks), metadata };
}

function placeOf(load: Load, range: KeyRange): Omit<CommittedPosition, 'offset' | 'metadata'> {
  return { group: checkpointGroup(load, range.id), topic: topicNameOf(load, range.table), partition: PARTITION };
}
