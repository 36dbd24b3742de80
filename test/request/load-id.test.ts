import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { defaultLoadId, executionName, parseExecutionName, parseLoadId } from '../../src/request/load-id.ts';
import { checkedRequest, writtenRequest } from './requests.ts';

describe('a loadId', () => {
  test.each(['a', 'A-1', 'mailer-employees-2026', 'a'.repeat(40), 'a-'])('%s is taken', (loadId) => {
    expect(parseLoadId(loadId)).toBe(loadId);
  });

  test.each(['', '1a', '-a', 'a b', 'a_b', 'a.b', 'é', 'a'.repeat(41), 'a\n'])('%j is refused', (loadId) => {
    expect(() => parseLoadId(loadId)).toThrow(RequestError);
  });
});

describe('the loadId that a request gets by itself', () => {
  test('says who loads what, and is a loadId', () => {
    const loadId = defaultLoadId(checkedRequest());
    expect(loadId).toMatch(/^mailer-employees-[0-9a-f]{8}$/);
    expect(parseLoadId(loadId)).toBe(loadId);
  });

  test('is the same however the same request is written', () => {
    const turned = Object.fromEntries(
      Object.entries(writtenRequest({ version: 1, onFailure: 'discard' })).toReversed(),
    );
    expect(defaultLoadId(checkedRequest(turned))).toBe(defaultLoadId(checkedRequest()));
  });

  test('is another one for another request', () => {
    expect(defaultLoadId(checkedRequest({ onFailure: 'keep' }))).not.toBe(defaultLoadId(checkedRequest()));
  });

  test.each([
    ['9-lives', '_x'.replace('_', 'a_')],
    ['a'.repeat(63), 'b'.repeat(63)],
    [`${'a'.repeat(30)}-b`, 'c'],
    ['x.y_z', '1'],
  ])('is a loadId whatever consumer %s and dataset %s are called', (consumer, dataset) => {
    const loadId = defaultLoadId(checkedRequest({ consumer, dataset }));
    expect(parseLoadId(loadId)).toBe(loadId);
    expect(loadId).not.toContain('--');
  });
});

describe("an execution's name", () => {
  test.each([
    ['mailer', 1],
    ['mailer-2', 13],
    ['a'.repeat(40), 999_999_999],
    ['a-', 1],
  ])('of load %s, attempt %i, is read back', (loadId, attempt) => {
    const name = executionName(loadId, attempt);
    expect(name.length).toBeLessThanOrEqual(80);
    expect(parseExecutionName(name)).toEqual({ loadId, attempt });
  });

  test.each(['mailer', 'mailer-0', 'mailer-01', '-1', 'mailer-x', '6f9619ff-8b86-d011-b42d-00c04fc964ff_x'])(
    '%s is no attempt',
    (name) => {
      expect(parseExecutionName(name)).toBeUndefined();
    },
  );
});
