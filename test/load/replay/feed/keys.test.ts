import { describe, expect, test } from '@jest/globals';
import { LoadFailedError } from '../../../../src/errors.ts';
import { partitionOf } from '../../../../src/kafka/partition-of.ts';
import { KeyReader } from '../../../../src/load/replay/feed/keys.ts';

const PARTITIONS = 3;
const topic = { topic: 'live', partitions: PARTITIONS };

function ofEvent(columns: string[], key: string): string {
  const bytes = Buffer.from(key);
  return new KeyReader(topic, columns).ofEvent(bytes, { partition: partitionOf(bytes, PARTITIONS), offset: 7 });
}

describe('the key of an event is known for that of a row', () => {
  test.each<[string, string[], string, string]>([
    ['written alike', ['id'], '{"id":1}', '{"id":1}'],
    ['with a schema in it', ['id'], '{"id":1}', '{"schema":{"type":"struct"},"payload":{"id":1}}'],
    ['with its columns in another order', ['a', 'b'], '{"a":1,"b":"x"}', '{"b":"x","a":1}'],
    ['with other spaces and escapes', ['id'], '{"id":"Ł\\u001f"}', '{ "id" : "\\u0141\\u001F" }'],
    [
      'of a table with columns of such names',
      ['schema', 'payload'],
      '{"schema":1,"payload":2}',
      '{"schema":1,"payload":2}',
    ],
  ])('%s', (_how, columns, own, event) => {
    expect(ofEvent(columns, event)).toBe(new KeyReader(topic, columns).own(Buffer.from(own)));
  });

  test('and rows are told apart by each of its columns', () => {
    expect(ofEvent(['a', 'b'], '{"a":1,"b":2}')).not.toBe(ofEvent(['a', 'b'], '{"a":2,"b":1}'));
  });
});

describe('an event can not be told to be of a row', () => {
  test.each([
    ['with another column', '{"ID":1}'],
    ['with a column more', '{"id":1,"b":2}'],
    ['with none', '{}'],
    ['that is no object', '[1]'],
    ['that is no JSON', '\0\0\0\0\x05\x02'],
  ])('whose key is one %s', (_how, key) => {
    expect(() => ofEvent(['id'], key)).toThrow(LoadFailedError);
    expect(() => ofEvent(['id'], key)).toThrow(/offset 7 of live, partition \d, has the key .* no JSON object of id/);
  });
});
