import { describe, expect, test } from '@jest/globals';
import { ERROR_NAMES, LoadFailedError } from '../../src/errors.ts';
import { failureOf, failureOfCaught, failureOfError } from '../../src/report/failure.ts';

const cause = (errorType: string, errorMessage: string) => JSON.stringify({ errorType, errorMessage, trace: ['at x'] });

describe('what a state machine caught', () => {
  test('is shown with the message that the function threw', () => {
    const failure = failureOfCaught({
      Error: 'LoadFailedError',
      Cause: cause('LoadFailedError', 'value too long for type'),
    });
    expect(failure).toMatchObject({ error: 'LoadFailedError', cause: 'value too long for type' });
  });

  test('of a nested execution is shown with what that one ended with', () => {
    const nested = JSON.stringify({
      Error: 'TransientError',
      Cause: cause('TransientError', 'no route to host'),
      Status: 'FAILED',
    });
    expect(failureOfCaught({ Error: 'States.TaskFailed', Cause: nested })).toMatchObject({
      error: 'TransientError',
      cause: 'no route to host',
    });
  });

  test.each(['plain text', '{"not": "ours"}', '[1]', '"text"'])(
    'that is no description of an error (%s) is shown as it is',
    (text) => {
      expect(failureOfCaught({ Error: 'States.Runtime', Cause: text }).cause).toBe(text);
    },
  );

  test('without a message says at least that', () => {
    expect(failureOfCaught({ Error: 'AggregateError', Cause: cause('AggregateError', '') }).cause).toBe(
      'AggregateError, without a message.',
    );
    expect(failureOfCaught({ Error: 'States.Timeout', Cause: '' }).cause).toBe('States.Timeout, without a message.');
    expect(failureOfError(new LoadFailedError('')).cause).toBe('LoadFailedError, without a message.');
  });
});

test('every error of ours comes with advice of its own kind', () => {
  const general = failureOf('SomethingElse', 'x').advice;
  for (const name of ERROR_NAMES) expect([name, failureOf(name, 'x').advice]).not.toEqual([name, general]);
});
