import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { onLambda } from '../../functions/lambda.ts';
import { provideServices } from '../../functions/services.ts';
import { LoadFailedError } from '../../src/errors.ts';
import { memoryServices } from '../support/memory-services.ts';

const context = { functionName: 'initial-load-dev-advance', getRemainingTimeInMillis: () => 900_000 };
const logged: string[] = [];

beforeEach(() => {
  provideServices(memoryServices());
  logged.length = 0;
  jest.spyOn(console, 'log').mockImplementation((line: string) => void logged.push(line));
});
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a handler', () => {
  test('gives the step its services, and the time until it must answer', async () => {
    let given: Date | undefined;
    await onLambda(async (_input, services, until) => {
      given = until;
      expect(services.store.address).toBe('memory:');
    })({}, context);
    expect(given).toEqual(new Date('2026-03-01T12:14:40.000Z'));
  });

  test.each([0, 15, 3600])('passes on an answer to wait %d seconds', async (waitSeconds) => {
    const answer = { status: 'working', waitSeconds };
    await expect(onLambda(async () => answer)({}, context)).resolves.toEqual(answer);
  });

  test.each([1.5, -1, '15', null, undefined, Number.NaN])(
    'refuses to answer a wait of %p, which no Catch could catch',
    async (waitSeconds) => {
      await expect(onLambda(async () => ({ status: 'working', waitSeconds }))({}, context)).rejects.toThrow(
        'not a whole number',
      );
    },
  );

  test('answers a document when the step has nothing to say', async () => {
    await expect(onLambda(async () => {})({}, context)).resolves.toEqual({});
  });

  test('logs one line of JSON that names the load, and nothing else of the input', async () => {
    const input = { loadId: 'mailer', attempt: 1, shard: 's1', request: { source: 'private' } };
    await onLambda(async () => ({ status: 'done' }))(input, context);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? '')).toEqual({
      function: 'initial-load-dev-advance',
      loadId: 'mailer',
      attempt: 1,
      shard: 's1',
      milliseconds: 0,
      answered: 'done',
    });
  });

  test('logs why it failed, and fails', async () => {
    const failing = onLambda(async () => {
      throw new LoadFailedError('value too long');
    });
    await expect(failing({}, context)).rejects.toThrow('value too long');
    expect(JSON.parse(logged[0] ?? '')).toMatchObject({ error: 'LoadFailedError', message: 'value too long' });
  });

  test('logs nothing in a local run', async () => {
    await onLambda(async () => {})({}, { getRemainingTimeInMillis: () => 1_000 });
    expect(logged).toEqual([]);
  });
});
