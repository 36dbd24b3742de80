import { expect, jest, test } from '@jest/globals';

/** A clock that stands still but for what the pacer waits. */
let now = 0;
const waits: number[] = [];
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: async (milliseconds: number) => {
    waits.push(milliseconds);
    now += milliseconds;
  },
}));
jest.spyOn(performance, 'now').mockImplementation(() => now);
const { Pacer } = await import('../../../src/target/topics/pacer.ts');

function begin(perSecond: { records: number; bytes: number }) {
  [now, waits.length] = [0, 0];
  return new Pacer(perSecond);
}

test('nothing goes before its time, by whichever of the two limits is reached first', async () => {
  const pacer = begin({ records: 100, bytes: 1_000 });
  await pacer.pass(50, 100);
  expect(now).toBe(500);
  await pacer.pass(50, 1_900);
  expect(now).toBe(2_000);
  await pacer.pass(150, 0);
  expect(now).toBe(2_500);
});

test('what took its time by itself waits no longer', async () => {
  const pacer = begin({ records: 100, bytes: Infinity });
  now = 3_000;
  await pacer.pass(200, 1e9);
  expect(waits).toEqual([]);
  await pacer.pass(200, 1e9);
  expect(now).toBe(4_000);
});

test('without a limit nothing waits', async () => {
  const pacer = begin({ records: Infinity, bytes: Infinity });
  for (let batch = 0; batch < 100; batch += 1) await pacer.pass(1e6, 1e9);
  expect(waits).toEqual([]);
});
