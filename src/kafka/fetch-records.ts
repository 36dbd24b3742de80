import {
  fetchV13,
  ResponseError,
  type Connection,
  type FetchIsolationLevelValue,
  type Reader,
} from '@platformatic/kafka';

const FETCH_KEY = fetchV13.api.key;
const FETCH_VERSION = fetchV13.api.version;
const WAIT_MILLISECONDS = 500;
/** A batch is answered whole also when it is larger. */
const FETCH_BYTES = 256 * 1024;
const NO_SESSION = { id: 0, epoch: -1 };
const NO_EPOCH = -1;

/** What a broker answers of one partition. */
export interface FetchedRecords {
  lastStableOffset: number;
  aborted: { producerId: bigint; firstOffset: bigint }[];
  /** Batches one after another, of which the last one may be cut off. */
  batches: Buffer;
}

/**
 * Fetches records from an offset on, also those that were aborted. The client's own function would make several objects of
 * every record before it answers.
 * @param place.isolation read_committed: no further than transactions have ended
 */
export async function fetchRecords(
  connection: Connection,
  place: { topicId: string; partition: number; offset: number; isolation: FetchIsolationLevelValue },
): Promise<FetchedRecords> {
  const { topicId, partition, offset, isolation } = place;
  const wanted = {
    partition,
    currentLeaderEpoch: NO_EPOCH,
    fetchOffset: BigInt(offset),
    lastFetchedEpoch: NO_EPOCH,
    partitionMaxBytes: FETCH_BYTES,
  };
  const request = () =>
    fetchV13.createRequest(
      WAIT_MILLISECONDS,
      1,
      FETCH_BYTES,
      isolation,
      NO_SESSION.id,
      NO_SESSION.epoch,
      [{ topicId, partitions: [wanted] }],
      [],
      '',
    );
  const [fetched] = await new Promise<FetchedRecords[]>((resolve, reject) => {
    connection.send(FETCH_KEY, FETCH_VERSION, request, answered, true, true, (error, answer) =>
      answer ? resolve(answer) : reject(error as Error),
    );
  });
  if (!fetched) throw new Error(`The broker answered nothing of partition ${partition}.`);
  return fetched;
}

/** Fetch Response, version 13. */
function answered(_correlationId: number, _key: number, _version: number, reader: Reader): FetchedRecords[] {
  reader.readInt32();
  assertNone('/', reader.readInt16());
  reader.readInt32();
  return reader
    .readArray((topic) => {
      topic.readUUID();
      return topic.readArray(partitionOf);
    })
    .flat();
}

function partitionOf(reader: Reader): FetchedRecords {
  const partition = reader.readInt32();
  assertNone(`/responses/0/partitions/${partition}`, reader.readInt16());
  reader.readInt64();
  const lastStableOffset = Number(reader.readInt64());
  reader.readInt64();
  const aborted = reader.readNullableArray((pair) => ({ producerId: pair.readInt64(), firstOffset: pair.readInt64() }));
  reader.readInt32();
  return { lastStableOffset, aborted: aborted ?? [], batches: reader.readBytes() };
}

function assertNone(path: string, code: number): void {
  if (code !== 0) throw new ResponseError(FETCH_KEY, FETCH_VERSION, { [path]: [code, null] }, {});
}
