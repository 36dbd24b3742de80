import { expect, test } from '@jest/globals';
import { KeySet } from '../../src/kafka/key-set.ts';

const KEYS = 100_000;

test('of many keys each one lives that was said to, also when it comes back, and no other one', () => {
  const set = new KeySet();
  for (let id = 0; id < KEYS; id += 1) set.set([String(id)], true);
  for (let id = 0; id < KEYS; id += 2) set.set([String(id)], false);
  for (let id = 0; id < KEYS; id += 4) set.set([String(id)], true);
  let wrong = 0;
  for (let id = 0; id < 2 * KEYS; id += 1) {
    const wanted = id < KEYS && (id % 2 === 1 || id % 4 === 0);
    if (set.lives([String(id)]) !== wanted) wrong += 1;
  }
  expect(wrong).toBe(0);
});

test('values of several columns are kept apart', () => {
  const set = new KeySet();
  set.set(['1', '23'], true);
  expect([set.lives(['1', '23']), set.lives(['12', '3']), set.lives(['123'])]).toEqual([true, false, false]);
});
