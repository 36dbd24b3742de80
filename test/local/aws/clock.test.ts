import { expect, test } from '@jest/globals';
import { scaledClock } from '../../../local/aws/clock.ts';

test('a clock with a pace begins now and runs ahead by it', async () => {
  const begun = Date.now();
  const { now, pace } = scaledClock(86_400);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const passed = now().getTime() - begun;
  const real = Date.now() - begun;
  expect(pace).toBe(86_400);
  expect(passed).toBeGreaterThan(real * 1_000);
  expect(passed).toBeLessThanOrEqual(real * 86_400);
});
