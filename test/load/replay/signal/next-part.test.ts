import { expect, test } from '@jest/globals';
import { nextOf, readSoFar } from '../../../../src/load/replay/signal/next-part.ts';
import type { KeyRange } from '../../../../src/model.ts';

const ranges = [
  { id: 1, table: 'hr.people', to: ['50'], estimatedRows: 50 },
  { id: 2, table: 'hr.people', from: ['50'], estimatedRows: 50 },
  { id: 3, table: 'hr.pets', estimatedRows: 9 },
] satisfies KeyRange[];
const done = { state: 'done' as const, rows: 20 };
const overtaken = { state: 'overtaken' as const };
const part = { range: 1, from: ['10'], to: ['30'], ends: false, read: { 1: 10 } };

test('parts follow each other to the end of the last range', () => {
  expect(nextOf(ranges)).toEqual({ range: 1 });
  expect(nextOf(ranges, { part, ended: done })).toEqual({ range: 1, from: ['30'] });
  expect(nextOf(ranges, { part: { ...part, to: ['50'], ends: true }, ended: done })).toEqual({
    range: 2,
    from: ['50'],
  });
  expect(nextOf(ranges, { part: { range: 2, from: ['50'], ends: true, read: {} }, ended: done })).toEqual({ range: 3 });
  expect(nextOf(ranges, { part: { range: 3, ends: true, read: {} }, ended: done })).toBeUndefined();
  expect(nextOf([])).toBeUndefined();
});

test('one that was overtaken begins again, also when it was the last', () => {
  expect(nextOf(ranges, { part, ended: overtaken })).toEqual({ range: 1, from: ['10'] });
  expect(nextOf(ranges, { part: { range: 3, ends: true, read: {} }, ended: overtaken })).toEqual({ range: 3 });
});

test('rows are added up by range', () => {
  expect(readSoFar()).toEqual({});
  expect(readSoFar({ part, ended: done })).toEqual({ 1: 30 });
  expect(readSoFar({ part, ended: overtaken })).toEqual({ 1: 10 });
  expect(readSoFar({ part: { range: 2, read: { 1: 30 } }, ended: done })).toEqual({ 1: 30, 2: 20 });
});
