import { expect, test } from '@jest/globals';
import { alignColumns } from '../../cli/columns.ts';
import { formatBytes, formatCount, formatRows, formatSeconds, formatUsd } from '../../cli/figures.ts';

test.each([
  [0, '0.0 s'],
  [0.84, '0.8 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [3_599.7, '1 h 0 min'],
  [7_500, '2 h 5 min'],
  [360_000, '100 h 0 min'],
])('%p seconds are %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [99_400, '99 kB'],
  [307_000_000, '307 MB'],
  [999_900, '1.0 MB'],
  [2.5e15, '2,500 TB'],
])('%p bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('counts have separators, and one row is no rows', () => {
  expect([formatCount(1_234_567), formatRows(1), formatRows(0)]).toEqual(['1,234,567', '1 row', '0 rows']);
});

test('money is never rounded to nothing', () => {
  expect([0, 0.004, 0.0149, 25].map(formatUsd)).toEqual(['$0', 'less than $0.01', '$0.01', '$25.00']);
});

test('columns are as wide as their widest cell, figures stand on the right, nothing trails', () => {
  const columns = [{ heading: 'table' }, { heading: 'rows', align: 'right' as const }, { heading: 'note' }];
  expect(
    alignColumns(columns, [
      ['hr.employees', '9', ''],
      ['t', '10,000', 'x'],
    ]),
  ).toEqual(['table           rows  note', 'hr.employees       9', 't             10,000  x']);
});
