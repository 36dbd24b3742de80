import { describe, expect, test } from '@jest/globals';
import { POLL_SECONDS, waitFor } from '../../src/load/pace.ts';
import { memoryServices } from '../support/memory-services.ts';

const services = memoryServices();
const startedAt = services.now();
const waitOf = (loadId: string, more: { startedAt?: Date; deadlineAt?: Date } = {}): number => {
  const answer = waitFor({ loadId, startedAt, services, ...more }, { shortestSeconds: POLL_SECONDS });
  return answer.status === 'working' ? answer.waitSeconds : Number.NaN;
};

describe('the wait before a service is asked again', () => {
  test('is another one for each load, so that a hundred that begin together drift apart', () => {
    const waits = Array.from({ length: 100 }, (_, number) => waitOf(`load-${number}`));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(POLL_SECONDS);
    expect(Math.max(...waits)).toBeLessThanOrEqual(POLL_SECONDS * 1.5);
    for (const seconds of new Set(waits)) expect(waits.filter((wait) => wait === seconds).length).toBeLessThan(20);
  });

  test('is always the same for one load', () => {
    expect(waitOf('mailer')).toBe(waitOf('mailer'));
  });

  test('grows with the time that has gone by, and ends with the deadline', () => {
    const twoHoursAgo = new Date(startedAt.getTime() - 7_200_000);
    expect(waitOf('mailer', { startedAt: twoHoursAgo })).toBe(360);
    expect(waitOf('mailer', { deadlineAt: new Date(startedAt.getTime() + 9_000) })).toBe(9);
  });
});
