import { expect, test } from '@jest/globals';
import { chunkRowsOf, paceOf } from '../../../src/load/replay/pace.ts';
import { plannedTable } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

const small = plannedTable('hr.employees', { estimatedRows: 1_000_000, estimatedBytes: 100_000_000 });
const limited = (limits: object, kafka?: object) => checkedRequest({ limits, ...(kafka && { kafka }) });

test('a replay is always throttled', () => {
  expect(paceOf(limited({}))).toEqual({ records: 1_000, bytes: Infinity });
  expect(paceOf(limited({ maxRecordsPerSecond: 7, maxBytesPerSecond: 9 }))).toEqual({ records: 7, bytes: 9 });
});

test.each<[string, object, object | undefined, number]>([
  ['a thousand', {}, undefined, 1_000],
  ['those of a second, where that is fewer', { maxRecordsPerSecond: 30 }, undefined, 30],
  ['as few as the request says', {}, { chunkRows: 5 }, 5],
  ['those of a second by bytes', { maxBytesPerSecond: 20_000 }, undefined, 100],
  ['at least one', { maxBytesPerSecond: 1 }, undefined, 1],
])('a transaction has %s', (_how, limits, kafka, rows) => {
  expect(chunkRowsOf(limited(limits, kafka), small)).toBe(rows);
});

test('a transaction of big rows has few', () => {
  const big = plannedTable('hr.scans', { estimatedRows: 100, estimatedBytes: 100 * 1024 ** 2 });
  expect(chunkRowsOf(limited({}), big)).toBe(2);
});
