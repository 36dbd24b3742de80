import { expect, test } from '@jest/globals';
import type { FeedRecord } from '../../src/kafka/record-batch.ts';
import { addChecksums, RecordChecksum } from '../../src/kafka/record-checksum.ts';

const record = (key: string | null, value: string): FeedRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
});
function checksumOf(records: FeedRecord[], from?: string): string {
  const checksum = new RecordChecksum(from);
  for (const each of records) checksum.add(each);
  return checksum.toString();
}
const RECORDS = [record('a', 'b'), record(null, 'c'), record('', ''), record('a', 'b')];

test('the checksum of records is the same in any order, and in any parts', () => {
  const whole = checksumOf(RECORDS);
  expect(checksumOf(RECORDS.toReversed())).toBe(whole);
  expect(checksumOf(RECORDS.slice(1), checksumOf(RECORDS.slice(0, 1)))).toBe(whole);
  expect(addChecksums(checksumOf(RECORDS.slice(0, 2)), checksumOf(RECORDS.slice(2)))).toBe(whole);
  expect(checksumOf([])).toBe('0');
  expect(BigInt(whole)).toBeLessThan(2n ** 64n);
});

test('it is another one when anything of a record is, or when one is there once more or less', () => {
  const others = [
    [record('ab', '')],
    [record('', 'ab')],
    [record(null, 'ab')],
    [record('a', 'c')],
    [record('a', 'b'), record('a', 'b')],
    [],
  ];
  const checksums = [[record('a', 'b')], ...others].map((records) => checksumOf(records));
  expect(new Set(checksums).size).toBe(checksums.length);
});
