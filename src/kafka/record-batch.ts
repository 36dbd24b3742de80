import { crc32c, Writer } from '@platformatic/kafka';

/** What one record is made of. */
export interface BatchRecord {
  /** null where the table has no key. */
  key: Buffer | null;
  /** null is a tombstone: what a compacted topic forgets the key by. */
  value: Buffer | null;
}

/** Of a row: there is always one. */
export interface FeedRecord extends BatchRecord {
  value: Buffer;
}

/** Who produces, as a broker gave it out; `sequence` is that of the batch's first record in its partition. */
export interface BatchHead {
  producerId: bigint;
  producerEpoch: number;
  sequence: number;
  timestampMilliseconds: number;
}

/** Fixed part of a batch, up to the number of its records: the guide's "Record Batch". */
const HEAD_BYTES = 61;
const CRC_AT = 17;
const AFTER_CRC = 21;
const MAGIC = 2;
const TRANSACTIONAL = 1 << 4;
/** Lengths and deltas of a record, at most five bytes each, and its attributes. */
const RECORD_OVERHEAD_BYTES = 31;

/**
 * A record batch of the protocol's version 2 (kafka.apache.org, protocol, "Record Batch"), written into one buffer that
 * grows: the client's own encoder makes several objects of every record, each of which has to be collected again.
 */
export class RecordBatch {
  static readonly HEAD_BYTES = HEAD_BYTES;
  readonly #header: EncodedHeaders;
  #buffer: Buffer;
  #at = HEAD_BYTES;
  #count = 0;

  /**
   * @param header of every record of the batch
   * @param buffer to write into, which may be that of an earlier batch; a larger one takes its place when it is full
   */
  constructor(header: EncodedHeaders, buffer: Buffer) {
    this.#header = header;
    this.#buffer = buffer;
  }

  /** For a later batch, once this one has arrived. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes with the fixed part. */
  get bytes(): number {
    return this.#at;
  }

  add({ key, value }: BatchRecord): void {
    const [keyBytes, valueBytes] = [key?.length ?? 0, value?.length ?? 0];
    this.#reserve(keyBytes + valueBytes + this.#header.length + RECORD_OVERHEAD_BYTES);
    const [keyLength, valueLength] = [key ? keyBytes : -1, value ? valueBytes : -1];
    const body =
      2 +
      varintBytes(this.#count) +
      varintBytes(keyLength) +
      keyBytes +
      varintBytes(valueLength) +
      valueBytes +
      this.#header.length;
    this.#varint(body);
    // Attributes, which are not used, and the difference to the batch's timestamp.
    this.#buffer[this.#at++] = 0;
    this.#buffer[this.#at++] = 0;
    this.#varint(this.#count);
    this.#varint(keyLength);
    if (key) this.#at += key.copy(this.#buffer, this.#at);
    this.#varint(valueLength);
    if (value) this.#at += value.copy(this.#buffer, this.#at);
    this.#at += this.#header.copy(this.#buffer, this.#at);
    this.#count += 1;
  }

  /** The whole batch, as it goes into a request. It can't be added to any more. */
  finish({ producerId, producerEpoch, sequence, timestampMilliseconds }: BatchHead): Buffer {
    const batch = this.#buffer.subarray(0, this.#at);
    const timestamp = BigInt(timestampMilliseconds);
    batch.writeBigInt64BE(0n, 0);
    batch.writeInt32BE(batch.length - 12, 8);
    batch.writeInt32BE(-1, 12);
    batch.writeInt8(MAGIC, 16);
    batch.writeInt16BE(TRANSACTIONAL, AFTER_CRC);
    batch.writeInt32BE(this.#count - 1, 23);
    batch.writeBigInt64BE(timestamp, 27);
    batch.writeBigInt64BE(timestamp, 35);
    batch.writeBigInt64BE(producerId, 43);
    batch.writeInt16BE(producerEpoch, 51);
    batch.writeInt32BE(sequence, 53);
    batch.writeInt32BE(this.#count, 57);
    // Of a plain buffer the client's function would make a copy first.
    batch.writeUInt32BE(crc32c(Writer.create().append(batch.subarray(AFTER_CRC)).dynamicBuffer), CRC_AT);
    return batch;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  /** Zigzag, seven bits a byte. */
  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#at++] = rest;
  }
}

/** Bytes that a record takes in a batch, at most. */
export function recordBytes({ key, value }: BatchRecord, headers: EncodedHeaders): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + headers.length + RECORD_OVERHEAD_BYTES;
}

function varintBytes(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x20_0000 ? 3 : zigzag < 0x1000_0000 ? 4 : 5;
}

/** Headers as a record holds them. */
export type EncodedHeaders = Buffer;

/** Their number, then name and value of each. Short ones only: a length of one byte holds 63. */
export function encodeHeaders(headers: [name: string, value: string][]): EncodedHeaders {
  const parts = headers.flatMap((pair) => pair.map((text) => Buffer.from(text)));
  for (const part of parts) if (part.length > 63) throw new Error(`The header "${part.toString()}" is too long.`);
  const short = (length: number) => Buffer.from([length << 1]);
  return Buffer.concat([short(headers.length), ...parts.flatMap((part) => [short(part.length), part])]);
}
