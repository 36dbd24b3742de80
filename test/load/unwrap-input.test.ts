import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { loadOfExecution, unwrapInput } from '../../src/load/unwrap-input.ts';
import { loadIdFrom } from '../../src/request/load-id.ts';
import { parseLoadId } from '../../src/request/load-id.ts';

const request = { dataset: 'employees' };

describe("an execution's input", () => {
  test('from the command line says everything itself', () => {
    expect(unwrapInput('whatever', { loadId: 'mailer', attempt: 3, request })).toEqual({
      loadId: 'mailer',
      attempt: 3,
      request,
    });
  });

  test("may leave the attempt to the execution's name", () => {
    expect(unwrapInput('mailer-2', { loadId: 'mailer', request })).toEqual({ loadId: 'mailer', attempt: 2, request });
  });

  test('is a bare request when a person typed it into the console', () => {
    expect(unwrapInput('mailer-employees', request)).toEqual({ loadId: 'mailer-employees', attempt: 1, request });
    expect(unwrapInput('mailer-employees-2', request)).toEqual({ loadId: 'mailer-employees', attempt: 2, request });
  });

  test.each(['text', [1], 5, null])('that is %j is handed on as the request that it is not', (input) => {
    expect(unwrapInput('mailer', input)).toEqual({ loadId: 'mailer', attempt: 1, request: input });
  });

  test.each([
    ['loadId', { loadId: '1st', request }],
    ['loadId', { loadId: 7, request }],
    ['loadId', { loadId: 'x'.repeat(41), request }],
    ['attempt', { loadId: 'a', attempt: 0, request }],
    ['attempt', { loadId: 'a', attempt: '1', request }],
    ['force', { loadId: 'a', force: true, request }],
  ])('is refused for a wrong %s', (field, input) => {
    expect(() => unwrapInput('x', input)).toThrow(expect.objectContaining({ name: 'RequestError', field }));
    expect(() => unwrapInput('x', input)).toThrow(RequestError);
  });
});

describe('the load of an execution that Step Functions or EventBridge named', () => {
  const uuid = '3f2b8a4e-9d1c-4b7a-8e21-123456789012';

  test.each([uuid, `${uuid}_${uuid}`, 'name with späces', '-', 'x'.repeat(80)])('%s is a valid loadId', (name) => {
    const { loadId, attempt } = loadOfExecution(name);
    expect(parseLoadId(loadId)).toBe(loadId);
    expect(attempt).toBe(1);
  });

  test('different names stay different loads', () => {
    const names = ['a b', 'a_b', 'a-b', `${uuid}_1`, `${uuid}_2`, 'x'.repeat(41), 'x'.repeat(42)];
    expect(new Set(names.map(loadIdFrom)).size).toBe(names.length);
  });
});
