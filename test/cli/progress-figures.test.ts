import { expect, test } from '@jest/globals';
import { ProgressMeter, sumFigures } from '../../cli/progress-figures.ts';
import type { Plan, ShardProgress } from '../../src/model.ts';

const plan = {
  tables: [
    { source: 'hr.employees', estimatedRows: 1_000 },
    { source: 'hr.titles', estimatedRows: 200 },
  ],
  ranges: [
    { id: 1, table: 'hr.employees', estimatedRows: 500 },
    { id: 2, table: 'hr.employees', estimatedRows: 500 },
    { id: 3, table: 'hr.titles', estimatedRows: 200 },
  ],
  shards: [
    { id: 's1', ranges: [1] },
    { id: 's2', ranges: [2, 3] },
  ],
} as unknown as Plan;

const second = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000);
const employees = (rows: number, done = false) => ({ table: 'hr.employees', rows, bytes: rows * 100, done });
function reports(shards: Record<string, ShardProgress['tables']>): Map<string, ShardProgress> {
  return new Map(
    Object.entries(shards).map(([shard, tables]) => [shard, { tables, updatedAt: second(0).toISOString() }]),
  );
}

test('the parts of a table in several shards are summed', () => {
  const meter = new ProgressMeter(plan);
  const [table] = meter.look(second(0), reports({ s1: [employees(100)], s2: [employees(50)] }));
  expect(table).toMatchObject({ name: 'hr.employees', rows: 150, totalRows: 1_000, done: false });
});

test('a table is not done while one of its shards has not reported', () => {
  const meter = new ProgressMeter(plan);
  expect(meter.look(second(0), reports({ s1: [employees(500, true)] }))[0]?.done).toBe(false);
  expect(meter.look(second(1), reports({ s1: [employees(500, true)], s2: [employees(480, true)] }))[0]).toMatchObject({
    done: true,
    rows: 980,
    totalRows: 980,
  });
});

test('rate and time left come from the rows of the last ten seconds', () => {
  const meter = new ProgressMeter(plan);
  meter.look(second(0), reports({}));
  meter.look(second(10), reports({ s1: [employees(10)] }));
  const [table] = meter.look(second(20), reports({ s1: [employees(510)] }));
  expect(table?.rowsPerSecond).toBeCloseTo(50);
  expect(table?.secondsLeft).toBeCloseTo(490 / 50);
});

test('time that a table waits for its turn does not lower its rate', () => {
  const meter = new ProgressMeter(plan);
  for (const at of [0, 3, 6, 9]) meter.look(second(at), reports({}));
  expect(meter.look(second(10), reports({ s1: [employees(100)] }))[0]?.rowsPerSecond).toBeCloseTo(100);
});

test('a stalled table has a rate of zero and no time left', () => {
  const meter = new ProgressMeter(plan);
  for (const at of [0, 6, 12]) meter.look(second(at), reports({ s1: [employees(100)] }));
  const [table] = meter.look(second(30), reports({ s1: [employees(100)] }));
  expect(table?.rowsPerSecond).toBe(0);
  expect(table).not.toHaveProperty('secondsLeft');
});

test('a table that turned out bigger than estimated is never more than complete', () => {
  const meter = new ProgressMeter(plan);
  const [table] = meter.look(second(0), reports({ s1: [employees(1_500)] }));
  expect(table).toMatchObject({ rows: 1_500, totalRows: 1_500, done: false });
});

test('a table that is done keeps the rate that it had', () => {
  const meter = new ProgressMeter(plan);
  const all = reports({ s1: [employees(500, true)], s2: [employees(500, true)] });
  meter.look(second(0), reports({}));
  const [atItsEnd] = meter.look(second(4), all);
  const [later] = meter.look(second(400), all);
  expect([atItsEnd?.rowsPerSecond, later?.rowsPerSecond]).toEqual([250, 250]);
});

test('several tables together are done when each is', () => {
  const done = { name: 'a', rows: 10, totalRows: 10, done: true, rowsPerSecond: 99 };
  const busy = { name: 'b', rows: 10, totalRows: 30, done: false, rowsPerSecond: 5, secondsLeft: 4 };
  expect(sumFigures('all', [done, busy])).toEqual({
    name: 'all',
    rows: 20,
    totalRows: 40,
    done: false,
    rowsPerSecond: 5,
    secondsLeft: 4,
  });
});
