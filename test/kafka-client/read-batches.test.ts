import { expect, test } from '@jest/globals';
import { CompressionAlgorithms, createRecordsBatch } from '@platformatic/kafka';
import { batchesOf, recordsOf } from '../../src/kafka/read-batches.ts';
import { encodeHeaders } from '../../src/kafka/record-batch.ts';

const HEADERS: [string, string][] = [['initial-load', 'a-load row']];
const LENGTHS = [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576];
const text = (length: number) => Buffer.alloc(length, 'ü');

/** As the client library writes it; what differs in time has a longer difference to the batch's timestamp. */
function batchOf(
  records: { key: Buffer | undefined; value: Buffer }[],
  compression: keyof typeof CompressionAlgorithms = 'NONE',
): Buffer {
  const messages = records.map(({ key, value }, index) => ({
    topic: 'any',
    ...(key && { key }),
    value,
    headers: new Map(HEADERS.map(([name, held]) => [Buffer.from(name), Buffer.from(held)])),
    timestamp: 1_780_000_000_000n + 10_000_000_000n * BigInt(index),
  }));
  return createRecordsBatch(messages, {
    compression: CompressionAlgorithms[compression],
    transactionalId: 'any',
    producerId: 4_000_000_000n,
  }).buffer;
}

test.each(['NONE', 'GZIP'] as const)('records are read as they were written: %s', (compression) => {
  const records = [
    { key: undefined, value: text(3) },
    ...LENGTHS.map((length) => ({ key: text(length), value: text(1) })),
    ...LENGTHS.map((length) => ({ key: text(1), value: text(length) })),
  ];
  const [batch, ...others] = batchesOf(batchOf(records, compression));
  expect(others).toEqual([]);
  expect(batch).toMatchObject({ firstOffset: 0, lastOffset: records.length - 1, producerId: 4_000_000_000n });
  expect(batch!.attributes & 0x10).toBe(0x10);
  const read = [...recordsOf(batch!)];
  expect(read.map(({ offset }) => offset)).toEqual([...records.keys()]);
  for (const [index, { key, value, headers }] of read.entries()) {
    expect(key === null).toBe(records[index]!.key === undefined);
    expect(Buffer.compare(key ?? Buffer.alloc(0), records[index]!.key ?? Buffer.alloc(0))).toBe(0);
    expect(value?.equals(records[index]!.value)).toBe(true);
    expect(headers).toEqual(encodeHeaders(HEADERS));
  }
});

test('of several batches each that is there whole is read, and none of which the end is missing', () => {
  const batches = [1, 2, 3].map((length) => batchOf([{ key: text(length), value: text(100) }]));
  const bytes = Buffer.concat(batches);
  const whole = batches[0]!.length + batches[1]!.length;
  for (const end of [whole, whole + 1, whole + 60, whole + 61, bytes.length - 1]) {
    const keys = [...batchesOf(bytes.subarray(0, end))].flatMap((batch) => [...recordsOf(batch)]).map(({ key }) => key);
    expect(keys).toEqual([text(1), text(2)]);
  }
});
