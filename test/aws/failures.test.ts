import { expect, test } from '@jest/globals';
import { calling, isTransient } from '../../src/aws/failures.ts';
import { TransientError } from '../../src/errors.ts';

function failure(name: string, more: object = {}): Error {
  return Object.assign(new Error('said by the service'), { name }, more);
}

test.each([
  ['a cut connection', failure('Error', { code: 'ECONNRESET' }), true],
  ['a name that is not found now', failure('Error', { code: 'ENOTFOUND' }), true],
  ['a call that took too long', failure('TimeoutError'), true],
  ['a service that throttles', failure('ThrottlingException', { $metadata: { httpStatusCode: 400 } }), true],
  ['a service that throttles otherwise', failure('TooManyRequestsException'), true],
  ['a bucket that is asked too much', failure('SlowDown', { $metadata: { httpStatusCode: 503 } }), true],
  ['a service that fails', failure('Whatever', { $metadata: { httpStatusCode: 500 } }), true],
  ['a missing permission', failure('AccessDenied', { $metadata: { httpStatusCode: 403 } }), false],
  ['a wrong call', failure('ValidationException', { $metadata: { httpStatusCode: 400 } }), false],
  ['a mistake of ours', new TypeError('undefined is not a function'), false],
])('%s', async (_what, error, passes) => {
  expect(isTransient(error)).toBe(passes);
  const reported = calling('Cannot do it', () => Promise.reject(error));
  await expect(reported).rejects.toThrow(`Cannot do it: ${error.name}: ${error.message}`);
  const caught: unknown = await reported.catch((reason: unknown) => reason);
  expect(caught instanceof TransientError).toBe(passes);
});
