import { LoadFailedError } from '../../errors.ts';
import type { Cluster } from '../../kafka/cluster.ts';
import { committedPosition } from '../../kafka/committed-position.ts';
import type { CommittedPosition } from '../../kafka/transactional-producer.ts';
import type { Key } from '../../model.ts';

/**
 * Where a part of the load stands: what is committed with each chunk, in its transaction, as the metadata of a consumer
 * group's offset, which counts the chunks. So a checkpoint and its rows are there together or not at all.
 */
export interface Checkpoint {
  chunks: number;
  /** The key of the last row; absent before the first chunk, and where there is nothing to go on from. */
  position?: Key;
  done: boolean;
  /** Fed so far. */
  rows: number;
  bytes: number;
  /** Of a replay: rows that were left out, since the live topic had told of them. */
  told?: number;
  /** Of the same records, where the request asks for it. */
  checksum?: string;
}

/** The group, and a topic of the load's, since offsets are of topics. */
export interface CheckpointPlace {
  group: string;
  topic: string;
}

const NOTHING: Checkpoint = { chunks: 0, done: false, rows: 0, bytes: 0 };
const PARTITION = 0;
/** offset.metadata.max.bytes is 4096 unless a broker is told otherwise. */
const MOST_METADATA_BYTES = 4_096;

/** Waits for a transaction that is being ended. To be asked by whoever has taken over the shard. */
export async function readCheckpoint(cluster: Cluster, place: CheckpointPlace): Promise<Checkpoint> {
  const committed = await committedPosition(cluster, { ...place, partition: PARTITION });
  return committed ? { ...(JSON.parse(committed.metadata) as Checkpoint), chunks: Number(committed.offset) } : NOTHING;
}

/** @throws LoadFailedError for a key that is longer than a broker keeps */
export function committedAs(place: CheckpointPlace, { chunks, ...checkpoint }: Checkpoint): CommittedPosition {
  const metadata = JSON.stringify(checkpoint);
  if (Buffer.byteLength(metadata) > MOST_METADATA_BYTES) {
    const key = checkpoint.position?.join(', ').slice(0, 60);
    throw new LoadFailedError(`A key of a row for ${place.topic} is too long for a checkpoint: ${key}…`);
  }
  return { ...place, partition: PARTITION, offset: BigInt(chunks), metadata };
}
