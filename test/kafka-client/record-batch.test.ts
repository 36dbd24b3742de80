import { expect, test } from '@jest/globals';
import { crc32c, Reader, readRecordsBatch } from '@platformatic/kafka';
import { encodeHeaders, RecordBatch, recordBytes, type FeedRecord } from '../../src/kafka/record-batch.ts';

const HEADERS = encodeHeaders([['initial-load', 'a-load row']]);
const HEAD = { producerId: 4_000_000_000n, producerEpoch: 3, sequence: 17, timestampMilliseconds: 1_780_000_000_123 };

function encode(records: FeedRecord[], { headers = HEADERS, expectedBytes = 16 } = {}): Buffer {
  const batch = new RecordBatch(headers, Buffer.allocUnsafe(expectedBytes));
  for (const record of records) batch.add(record);
  expect(batch.count).toBe(records.length);
  expect(batch.bytes).toBeLessThanOrEqual(
    RecordBatch.HEAD_BYTES + records.reduce((sum, record) => sum + recordBytes(record, headers), 0),
  );
  return batch.finish(HEAD);
}

/** In the eyes of the client library. */
function decode(bytes: Buffer) {
  const batch = readRecordsBatch(Reader.from(bytes));
  expect(bytes.readUInt32BE(17)).toBe(crc32c(bytes.subarray(21)));
  return batch;
}

const text = (length: number) => Buffer.alloc(length, 'ü');

test('the head says who produces, when, how many, and that it is a part of a transaction', () => {
  const bytes = encode([
    { key: Buffer.from('a'), value: Buffer.from('1') },
    { key: Buffer.from('b'), value: Buffer.from('2') },
  ]);
  expect(decode(bytes)).toMatchObject({
    firstOffset: 0n,
    length: bytes.length - 12,
    partitionLeaderEpoch: -1,
    magic: 2,
    attributes: 0x10,
    lastOffsetDelta: 1,
    firstTimestamp: 1_780_000_000_123n,
    maxTimestamp: 1_780_000_000_123n,
    producerId: 4_000_000_000n,
    producerEpoch: 3,
    firstSequence: 17,
  });
});

test('keys, values and headers arrive as they are: null, empty, and at each length where the length of a length changes', () => {
  const lengths = [0, 1, 62, 63, 64, 65, 126, 127, 128, 8_190, 8_191, 8_192, 8_193, 1_048_575, 1_048_576, 1_048_577];
  const records = [
    { key: null, value: Buffer.from('without a key') },
    ...lengths.map((length) => ({ key: text(length), value: text(1) })),
    ...lengths.map((length) => ({ key: text(1), value: text(length) })),
  ];
  const { records: read } = decode(encode(records));
  expect(read).toHaveLength(records.length);
  for (const [index, { key, value, headers, offsetDelta }] of read.entries()) {
    const { key: givenKey, value: givenValue } = records[index]!;
    expect(offsetDelta).toBe(index);
    expect(key === null ? null : key.length).toBe(givenKey === null ? null : givenKey.length);
    expect(Buffer.compare(key ?? Buffer.alloc(0), givenKey ?? Buffer.alloc(0))).toBe(0);
    expect(Buffer.compare(value ?? Buffer.alloc(0), givenValue)).toBe(0);
    expect(headers.map((pair) => pair.map(String))).toEqual([['initial-load', 'a-load row']]);
  }
});

test('offsets within a batch go on where their length changes', () => {
  const records = Array.from({ length: 8_300 }, (_, index) => ({ key: Buffer.from(String(index)), value: text(1) }));
  const { records: read, lastOffsetDelta } = decode(encode(records));
  expect(lastOffsetDelta).toBe(8_299);
  expect(read.map(({ key, offsetDelta }) => [String(key), offsetDelta])).toEqual(
    records.map(({ key }, index) => [String(key), index]),
  );
});

test('it takes as many bytes as it does, however few were expected', () => {
  const records = Array.from({ length: 500 }, () => ({ key: text(10), value: text(1_000) }));
  expect(encode(records, { expectedBytes: 0 })).toEqual(encode(records, { expectedBytes: 1_000_000 }));
});

test('headers hold short texts only, of any language', () => {
  const headers = encodeHeaders([
    ['leer', ''],
    ['Größe', 'é'.repeat(31)],
  ]);
  const { records } = decode(encode([{ key: null, value: text(1) }], { headers }));
  expect(records[0]!.headers.map((pair) => pair.map(String))).toEqual([
    ['leer', ''],
    ['Größe', 'é'.repeat(31)],
  ]);
  expect(() => encodeHeaders([['name', 'x'.repeat(64)]])).toThrow('too long');
});
