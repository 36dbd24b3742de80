import { expect, test } from '@jest/globals';
import { keyAsConnectWrites } from '../../../src/target/topics/connect-key.ts';

test.each([
  ['{"id":1}', '{"id":1}'],
  ['{"id":"é ✓"}', '{"id":"é ✓"}'],
  ['{"id":"🐘"}', String.raw`{"id":"\uD83D\uDC18"}`],
  [String.raw`{"id":"\u001f\n\"\\"}`, String.raw`{"id":"\u001F\n\"\\"}`],
  // A backslash of the value, and then letters.
  [String.raw`{"id":"\\u001f"}`, String.raw`{"id":"\\u001f"}`],
  [String.raw`{"id":"\\\u001f"}`, String.raw`{"id":"\\\u001F"}`],
])('the key %s is written %s', (key, written) => {
  const [given, found] = [Buffer.from(key), keyAsConnectWrites(Buffer.from(key))];
  expect(String(found)).toBe(written);
  expect(JSON.parse(String(found))).toEqual(JSON.parse(String(given)));
});

test('a key that is written alike by both is not copied', () => {
  const key = Buffer.from('{"id":1}');
  expect(keyAsConnectWrites(key)).toBe(key);
});
