import { describe, expect, test } from '@jest/globals';
import { cutIntoRanges, estimateRangeBytes } from '../../src/load/key-ranges.ts';
import type { Key, KeyRange } from '../../src/model.ts';
import { column, plannedTable, table } from '../plan/surveys.ts';

const MEGABYTE = 1024 * 1024;

function cut(bytes: number, quantiles: Key[], workers: number, rows = 1_000_000): KeyRange[] {
  return cutIntoRanges(
    [plannedTable('hr.employees', { estimatedBytes: bytes, estimatedRows: rows })],
    [table('hr.employees', [column('id')], { keyQuantiles: quantiles })],
    workers,
  );
}

const quantilesOf = (count: number): Key[] =>
  Array.from({ length: count }, (_, index) => [String((index + 1) * 1_000)]);

describe('the ranges of a table', () => {
  const sizes = [0, 1, 31, 33, 64, 100, 1_000, 50_000, 900_000].map((megabytes) => megabytes * MEGABYTE);
  const cases = sizes.flatMap((bytes) =>
    [0, 1, 2, 7, 61, 255].flatMap((count) => [1, 2, 4, 64].map((workers) => [bytes, count, workers] as const)),
  );

  test.each(cases)('of %i bytes with %i quantiles for %i workers tile every key', (bytes, count, workers) => {
    const ranges = cut(bytes, quantilesOf(count), workers);
    expect(ranges[0]).not.toHaveProperty('from');
    expect(ranges.at(-1)).not.toHaveProperty('to');
    for (const [index, range] of ranges.entries()) {
      expect(range.id).toBe(index + 1);
      if (index > 0) expect(range.from).toEqual(ranges[index - 1]?.to);
      if (range.from && range.to) expect(Number(range.from[0])).toBeLessThan(Number(range.to[0]));
    }
    const rows = ranges.reduce((sum, range) => sum + range.estimatedRows, 0);
    expect(Math.abs(rows - 1_000_000)).toBeLessThanOrEqual(ranges.length);
  });

  test('are four for each worker when the table is big enough', () => {
    expect(cut(10_000 * MEGABYTE, quantilesOf(255), 4)).toHaveLength(16);
  });

  test('are never smaller than 32 MB', () => {
    expect(cut(100 * MEGABYTE, quantilesOf(255), 4)).toHaveLength(3);
    expect(cut(63 * MEGABYTE, quantilesOf(255), 4)).toHaveLength(1);
  });

  test('of a huge table are small enough to be counted one by one', () => {
    expect(cut(400_000 * MEGABYTE, quantilesOf(255), 2)).toHaveLength(98);
  });

  test('are about equally big', () => {
    const rows = cut(10_000 * MEGABYTE, quantilesOf(99), 4).map((range) => range.estimatedRows);
    expect(Math.max(...rows) / Math.min(...rows)).toBeLessThan(1.2);
  });

  test('may be cut by keys of several columns, in which equal neighbours count once', () => {
    const quantiles = [
      ['a', '1'],
      ['a', '1'],
      ['a', '2'],
    ];
    const ranges = cut(10_000 * MEGABYTE, quantiles, 4);
    expect(ranges.map(({ from, to }) => [from, to])).toEqual([
      [undefined, ['a', '1']],
      [
        ['a', '1'],
        ['a', '2'],
      ],
      [['a', '2'], undefined],
    ]);
  });
});

test('a table without a key is one range, however big and whatever was measured of it', () => {
  const { key: _, keyTypes: __, ...keyless } = plannedTable('hr.log', { estimatedBytes: 10_000 * MEGABYTE });
  const ranges = cutIntoRanges([keyless], [table('hr.log', [], { keyQuantiles: quantilesOf(9) })], 4);
  expect(ranges).toEqual([{ id: 1, table: 'hr.log', estimatedRows: 100 }]);
});

test('ranges of several tables are numbered through', () => {
  const names = ['a.a', 'a.b', 'a.c'];
  const ranges = cutIntoRanges(
    names.map((name) => plannedTable(name)),
    names.map((name) => table(name, [])),
    2,
  );
  expect(ranges.map(({ id, table: name }) => [id, name])).toEqual([
    [1, 'a.a'],
    [2, 'a.b'],
    [3, 'a.c'],
  ]);
});

test('a range weighs its share of its table, and an empty table what it occupies', () => {
  const big = plannedTable('a.a', { estimatedBytes: 1_000, estimatedRows: 10 });
  const empty = plannedTable('a.b', { estimatedBytes: 8, estimatedRows: 0 });
  expect(estimateRangeBytes({ id: 1, table: 'a.a', estimatedRows: 4 }, [big, empty])).toBe(400);
  expect(estimateRangeBytes({ id: 2, table: 'a.b', estimatedRows: 0 }, [big, empty])).toBe(8);
});
