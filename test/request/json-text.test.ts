import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { parseJsonText } from '../../src/request/json-text.ts';

describe('text that is JSON', () => {
  test.each([
    '{}',
    ' [1, -2.5e+3, "a\\u00e9\\n\\"", true, false, null, {"a": {"b": []}}] ',
    '"x"',
    '0',
    '{"a": 1, "b": {"a": 1}}',
    `"${'long '.repeat(200_000)}"`,
  ])('is read as JSON.parse reads it', (text) => {
    expect(parseJsonText(text)).toEqual(JSON.parse(text));
  });

  test('may begin with a byte order mark', () => {
    expect(parseJsonText('\uFEFF{"a": 1}')).toEqual({ a: 1 });
  });
});

describe('text that is not JSON', () => {
  test.each([
    ['{"a": 1,}', 'line 1, column 9, the object ends after a comma'],
    ['[1,\n2,\n]', 'line 3, column 1, the array ends after a comma'],
    ['{"a": [1 2]}', 'line 1, column 10, "," or "]" is expected'],
    ["{'a': 1}", 'line 1, column 2, a field name in double quotes is expected'],
    ['{\n  "a" 1\n}', 'line 2, column 7, ":" is expected'],
    ['{"a": wrong}', 'line 1, column 7, a value is expected'],
    ['{"a": NaN}', 'line 1, column 7, a value is expected'],
    ['{"a": 01}', 'line 1, column 8, "," or "}" is expected'],
    ['', 'line 1, column 1, where the text ends, a value is expected'],
    ['{"a": [', 'line 1, column 8, where the text ends, a value is expected'],
    ['{"a": "x', 'line 1, column 7, the string that begins here is not ended'],
    ['{"a": "x\ny"}', 'line 1, column 7, the string that begins here is not ended or holds a wrong sign'],
    ['{} {}', 'line 1, column 4, the JSON ends here, but the text goes on'],
    ['// note\n{}', 'line 1, column 1, a value is expected'],
    ['[]'.padStart(200, '['), 'line 1, column 65, it is nested too deep'],
  ])('%j is refused with its position', (text, message) => {
    expect(() => parseJsonText(text)).toThrow(RequestError);
    expect(() => parseJsonText(text)).toThrow(`it is not JSON: at ${message}`);
    expect(() => JSON.parse(text.startsWith('[[[') ? ']' : text) as unknown).toThrow(SyntaxError);
  });

  test('a field that stands twice is refused, of which JSON.parse would silently take the last', () => {
    expect(() => parseJsonText('{"a": 1,\n "b": 2,\n "\\u0061": 3}')).toThrow(
      'line 3, column 2, the field stands here a second time',
    );
  });
});
