import { compressionsAlgorithmsByBitmask, IS_COMPRESSED, UnsupportedCompressionError } from '@platformatic/kafka';

/** A record batch of the protocol's version 2 (kafka.apache.org, protocol, "Record Batch"), its records still encoded. */
export interface EncodedBatch {
  firstOffset: number;
  lastOffset: number;
  attributes: number;
  producerId: bigint;
  producerEpoch: number;
  count: number;
  records: Buffer;
}

/** A record as it stands in a batch. */
export interface BatchedRecord {
  offset: number;
  key: Buffer | null;
  value: Buffer | null;
  /** As encodeHeaders writes them. */
  headers: Buffer;
}

const HEAD_BYTES = 61;
/** What the length of a batch does not count: its first offset, and itself. */
const BEFORE_LENGTH_BYTES = 12;

/** Batches that stand one after another, without the one that is cut off at the end. */
export function* batchesOf(bytes: Buffer): Generator<EncodedBatch> {
  for (let at = 0; at + HEAD_BYTES <= bytes.length;) {
    const end = at + BEFORE_LENGTH_BYTES + bytes.readInt32BE(at + 8);
    if (end > bytes.length) return;
    const attributes = bytes.readInt16BE(at + 21);
    const firstOffset = Number(bytes.readBigInt64BE(at));
    yield {
      firstOffset,
      lastOffset: firstOffset + bytes.readInt32BE(at + 23),
      attributes,
      producerId: bytes.readBigInt64BE(at + 43),
      producerEpoch: bytes.readInt16BE(at + 51),
      count: bytes.readInt32BE(at + 57),
      records: decompressed(attributes, bytes.subarray(at + HEAD_BYTES, end)),
    };
    at = end;
  }
}

/** One after another, so that of a million hardly any has to be kept until it is collected. */
export function* recordsOf({ firstOffset, count, records }: EncodedBatch): Generator<BatchedRecord> {
  const cursor = { bytes: records, at: 0 };
  for (let left = count; left > 0; left -= 1) {
    const length = readVarint(cursor);
    const end = cursor.at + length;
    // Attributes, which are not used; and the difference to the batch's timestamp, which may take ten bytes.
    cursor.at += 1;
    while (records[cursor.at++]! >= 0x80);
    const offset = firstOffset + readVarint(cursor);
    const key = readBytes(cursor);
    const value = readBytes(cursor);
    yield { offset, key, value, headers: records.subarray(cursor.at, end) };
    cursor.at = end;
  }
}

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;

export function isTransactional({ attributes }: EncodedBatch): boolean {
  return (attributes & TRANSACTIONAL) !== 0;
}

/** How a transaction ended, where the batch is the marker of that. A control record's key is its version and its type. */
export function markerOf(batch: EncodedBatch): 'aborted' | 'committed' | undefined {
  if (!(batch.attributes & CONTROL)) return undefined;
  const [marker] = recordsOf(batch);
  return marker?.key?.readInt16BE(2) === 0 ? 'aborted' : 'committed';
}

/** A batch is fetched whole, also when the offset asked for is in the middle of it. */
export function* recordsWithin(
  batch: EncodedBatch,
  { from, to }: { from: number; to: number },
): Generator<BatchedRecord> {
  for (const record of recordsOf(batch)) if (record.offset >= from && record.offset < to) yield record;
}

interface Cursor {
  bytes: Buffer;
  at: number;
}

function readBytes(cursor: Cursor): Buffer | null {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const begin = cursor.at;
  cursor.at += length;
  return cursor.bytes.subarray(begin, cursor.at);
}

/** Zigzag, seven bits a byte, of 32 bits. */
function readVarint(cursor: Cursor): number {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.bytes[cursor.at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
  }
}

/** Ours are not compressed, unless brokers are told to. */
function decompressed(attributes: number, records: Buffer): Buffer {
  const compression = attributes & IS_COMPRESSED;
  if (compression === 0) return records;
  const algorithm = compressionsAlgorithmsByBitmask[compression as keyof typeof compressionsAlgorithmsByBitmask];
  if (!algorithm) throw new UnsupportedCompressionError(`Unsupported compression ${compression}`);
  return Buffer.from(algorithm.decompressSync(records));
}
