import type { FeedRecord } from '../../kafka/record-batch.ts';
import { asItIs, type Encode, type SnapshotMark } from './encoder.ts';

/** The marks of one chunk's rows: the first and the last one may be of their own. */
export interface ChunkMarks {
  first?: 'first' | 'first_in_data_collection';
  usual: 'true' | 'incremental';
  last?: 'last' | 'last_in_data_collection';
}

/** Encodes rows as they come. To know which one is the last, one row waits for the next block. */
export async function* encodeRows(
  blocks: AsyncIterable<FeedRecord[]>,
  encode: Encode,
  { first, usual, last }: ChunkMarks,
): AsyncGenerator<FeedRecord[]> {
  if (encode === asItIs) return yield* blocks;
  let isFirst = true;
  for await (const { rows, isLast } of last ? withLastLookedAhead(blocks) : unmarked(blocks)) {
    yield rows.map((row, index) => {
      const mark = pickMark(isFirst ? first : undefined, isLast && index === rows.length - 1 ? last : undefined);
      isFirst = false;
      return encode(row, mark ?? usual);
    });
  }
}

async function* unmarked(blocks: AsyncIterable<FeedRecord[]>) {
  for await (const rows of blocks) yield { rows, isLast: false };
}

/** Of one row that is several of them, in Debezium's order (RelationalSnapshotChangeEventSource.setSnapshotMarker). */
function pickMark(first: ChunkMarks['first'], last: ChunkMarks['last']): SnapshotMark | undefined {
  return [last, first].find((mark) => mark === 'last' || mark === 'first') ?? last ?? first;
}

/** Holds each block back until the next one has come: so it is known which one is the last. */
async function* withLastLookedAhead(
  blocks: AsyncIterable<FeedRecord[]>,
): AsyncGenerator<{ rows: FeedRecord[]; isLast: boolean }> {
  let held: FeedRecord[] | undefined;
  for await (const rows of blocks) {
    if (rows.length === 0) continue;
    if (held) yield { rows: held, isLast: false };
    held = rows;
  }
  if (held) yield { rows: held, isLast: true };
}
