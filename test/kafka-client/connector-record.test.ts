import { expect, test } from '@jest/globals';
import { eventIn, keyIn } from '../../src/kafka/connector-record.ts';

const of = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

test('keys are taken as text, with all their digits, in the order of the columns, with and without a schema', () => {
  expect(keyIn(of('{"id":9007199254740993}'), ['id'])).toEqual(['9007199254740993']);
  expect(keyIn(of({ b: 'ü', a: 1, c: true }), ['a', 'b', 'c'])).toEqual(['1', 'ü', 'true']);
  expect(keyIn(of({ schema: {}, payload: { id: 1 } }), ['id'])).toEqual(['1']);
  expect(keyIn(of({ schema: 1, id: 2 }), ['schema', 'id'])).toEqual(['1', '2']);
});

test('a key that is no JSON, or has other columns, is none', () => {
  expect(keyIn(of('\0\0\0\0\x01\x02'), ['id'])).toBeUndefined();
  expect(keyIn(of({ other: 1 }), ['id'])).toBeUndefined();
  expect(keyIn(of('7'), ['id'])).toBeUndefined();
  expect(keyIn(of({ id: null }), ['id'])).toBeUndefined();
});

test.each<[string, unknown, object | undefined]>([
  ['a row that was read', { op: 'r', before: null, after: { op: 'd' } }, { deleted: false, read: true }],
  ['a change', { op: 'u', after: { id: 1 } }, { deleted: false, read: false }],
  ['a delete', { op: 'd', before: { id: 1 }, after: null }, { deleted: true, read: false }],
  ['a tombstone', '', { deleted: true, read: false }],
  ['a flattened row', { id: 1, name: 'x' }, { deleted: false, read: false }],
  ['a flattened delete', { id: 1, __deleted: 'true' }, { deleted: true, read: false }],
  ['no JSON', '\0\0\0\0\x01', undefined],
])('%s', (_what, value, event) => {
  expect(eventIn(of(value))).toEqual(event);
});
