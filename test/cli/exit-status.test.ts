import { expect, test } from '@jest/globals';
import { exitStatusOf, exitStatusOfError, exitStatusOfFailure } from '../../cli/exit-status.ts';
import { RequestError, TransientError } from '../../src/errors.ts';
import type { Failure, LoadResult } from '../../src/model.ts';

const failed = (error: string): Failure => ({ error, cause: 'because', advice: 'do' });
const result = (part: Partial<LoadResult>) => ({ status: 'SUCCEEDED', tearDown: 'complete', ...part }) as LoadResult;

test.each<[string, Partial<LoadResult>, number]>([
  ['verified and all torn down', {}, 0],
  ['verified, but something is left', { tearDown: 'incomplete' }, 3],
  ['a mismatch', { status: 'FAILED', failure: failed('Mismatch') }, 1],
  [
    'a failure that could not even be torn down',
    { status: 'FAILED', tearDown: 'incomplete', failure: failed('LoadFailedError') },
    1,
  ],
  ['a failure whose rows are kept', { status: 'FAILED', tearDown: 'kept', failure: failed('LoadFailedError') }, 1],
  ['a request that turned out wrong', { status: 'FAILED', failure: failed('RequestError') }, 2],
])('%s', (_story, part, status) => {
  expect(exitStatusOf(result(part))).toBe(status);
});

test('a failure without a result says whose fault it is', () => {
  expect(exitStatusOfFailure(failed('RequestError'))).toBe(2);
  expect(exitStatusOfFailure(failed('States.Timeout'))).toBe(1);
});

test('an error that ended a command leaves the outcome unknown, unless the request is wrong', () => {
  expect(exitStatusOfError(new TransientError('the network is down'))).toBe(3);
  expect(exitStatusOfError(new RequestError({ field: 'a', wrong: 'b', advice: 'c' }))).toBe(2);
});
