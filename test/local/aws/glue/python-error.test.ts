import { expect, test } from '@jest/globals';
import { findPythonError } from '../../../../local/aws/glue/python-error.ts';

const frames = ['Traceback (most recent call last):', '  File "job.py", line 3, in <module>', '    main()'];

test.each([
  ['with its message', [...frames, 'ValueError: no such table', '26/01/01 INFO Stopped'], 'ValueError: no such table'],
  ['without its module', [...frames, 'il_failure.LoadFailed: a.b: no'], 'LoadFailed: a.b: no'],
  ['without a message', [...frames, 'concurrent.futures.TimeoutError'], 'TimeoutError'],
  ['of the last of several', [...frames, 'KeyError: 1', '', ...frames, 'LoadFailed: 2'], 'LoadFailed: 2'],
])('the error is found %s', (_what, output, error) => {
  expect(findPythonError(output)).toBe(error);
});

test('there is none where Python had none', () => {
  expect(findPythonError(['Exception in thread "main" java.lang.Error', '  at Main'])).toBeUndefined();
});
