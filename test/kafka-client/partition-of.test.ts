import { expect, test } from '@jest/globals';
import { partitionOf } from '../../src/kafka/partition-of.ts';

/** org.apache.kafka.common.utils.UtilsTest.testMurmur2. */
const MURMUR2: [key: string, hash: number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

test.each(MURMUR2)('the key %s has the hash that Kafka’s own producers give it', (key, hash) => {
  // As many partitions as the hash has values, without its sign.
  expect(partitionOf(Buffer.from(key), 2 ** 31)).toBe(hash & 0x7fffffff);
});

test('every partition is one of those that there are, and keys spread over them', () => {
  for (const partitions of [1, 2, 3, 12, 1_000]) {
    const counts = new Map<number, number>();
    for (let id = 0; id < 20_000; id += 1) {
      const partition = partitionOf(Buffer.from(`{"id":${id}}`), partitions);
      counts.set(partition, (counts.get(partition) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted((one, other) => one - other)).toEqual([...Array(partitions).keys()]);
    expect(Math.max(...counts.values())).toBeLessThan((20_000 / partitions) * 3 + 1);
  }
});

test('keys of every length, also of none, and of bytes beyond ASCII, have a partition', () => {
  for (let length = 0; length < 10; length += 1) {
    expect(partitionOf(Buffer.alloc(length, 0xff), 7)).toBeGreaterThanOrEqual(0);
  }
});
