import { expect, test } from '@jest/globals';
import { dueAfter, rowsOfPart } from '../../../../src/load/replay/signal/pace.ts';
import type { Part } from '../../../../src/load/replay/signal/part.ts';
import type { TablePlan } from '../../../../src/model.ts';
import type { LoadRequest } from '../../../../src/request/schema.ts';

const table = { estimatedRows: 1_000, estimatedBytes: 100_000 } as TablePlan;
const part = { rows: 20_000, askedAt: '2026-01-01T00:00:00.000Z' } as Part;

function request(limits: object, kafka?: object): LoadRequest {
  return { limits, kafka } as LoadRequest;
}

test('without a limit that of every replay holds: a thousand records a second', () => {
  expect(rowsOfPart(request({}), table)).toBe(10_000);
  expect(rowsOfPart(request({}, { chunkRows: 300 }), table)).toBe(300);
  expect(dueAfter(part, request({}), table).toISOString()).toBe('2026-01-01T00:00:20.000Z');
});

test('a part has 20,000 rows at most, however fast they may come', () => {
  expect(rowsOfPart(request({ maxRecordsPerSecond: 1_000_000 }), table)).toBe(20_000);
});

test('with a limit a part has what may come in ten seconds, and the next is due when it would have come', () => {
  expect(rowsOfPart(request({ maxRecordsPerSecond: 500 }), table)).toBe(5_000);
  expect(dueAfter(part, request({ maxRecordsPerSecond: 500 }), table).toISOString()).toBe('2026-01-01T00:00:40.000Z');
});

test('of bytes, an event takes four times what its row takes on disk; a part has at least one row', () => {
  expect(rowsOfPart(request({ maxBytesPerSecond: 40_000 }), table)).toBe(1_000);
  expect(rowsOfPart(request({ maxBytesPerSecond: 1 }), table)).toBe(1);
});
