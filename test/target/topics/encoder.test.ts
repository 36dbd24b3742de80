import { describe, expect, test } from '@jest/globals';
import type { FeedRecord } from '../../../src/kafka/record-batch.ts';
import type { ConnectorSettings, TopicFormat } from '../../../src/model.ts';
import { encodeRows, type ChunkMarks } from '../../../src/target/topics/encode-rows.ts';
import { encoderOf } from '../../../src/target/topics/encoder.ts';

const ORIGIN = {
  name: 'live',
  database: 'hr',
  schema: 'hr',
  table: 'employees',
  takenAt: '2024-02-29T12:00:00.123Z',
  lsn: '1/2',
};
const connector: ConnectorSettings = {
  decimals: 'precise',
  times: 'adaptive',
  binary: 'bytes',
  envelope: ['before', 'after', 'source', 'op', 'ts_ms', 'ts_ns', 'transaction'],
  source: ['version', 'connector', 'name', 'ts_ms', 'snapshot', 'db', 'sequence', 'schema', 'table', 'txId', 'lsn'],
};
const row: FeedRecord = { key: Buffer.from('{"id":1}'), value: Buffer.from('{"id":1}') };

describe('a row', () => {
  test('that is written plain is handed on as it is', () => {
    expect(encoderOf({ value: 'plain' }, ORIGIN, ['integer'])(row, 'true')).toBe(row);
    expect(encoderOf({ value: 'plain' }, ORIGIN, ['text'])(row, 'true')).toBe(row);
  });

  test('is written in the fields that the live topic’s envelope has, in its order', () => {
    const { key, value } = encoderOf({ value: 'debezium', connector }, ORIGIN, ['integer'])(row, 'first');
    expect(key).toBe(row.key);
    expect(String(value)).toBe(
      '{"before":null,"after":{"id":1},"source":{"version":"initial-load","connector":"postgresql","name":"live",' +
        '"ts_ms":1709208000123,"snapshot":"first","db":"hr","sequence":"[null,\\"4294967298\\"]","schema":"hr","table":"employees",' +
        '"txId":null,"lsn":4294967298},"op":"r","ts_ms":1709208000123,"ts_ns":1709208000123000000,"transaction":null}',
    );
  });

  test('says what the live topic’s record says of its connector', () => {
    const known = { ...connector, version: '2.7.0.Final', name: 'other' };
    const { lsn: _, ...origin } = ORIGIN;
    const { value } = encoderOf({ value: 'debezium', connector: known }, origin)(row, 'incremental');
    expect(JSON.parse(String(value))).toMatchObject({
      source: { version: '2.7.0.Final', name: 'other', snapshot: 'incremental', lsn: null, sequence: null },
    });
  });

  test('stands behind the schemas that the live topic has', () => {
    const format: TopicFormat = {
      value: 'plain',
      keySchema: '{"schema":1,"payload":',
      valueSchema: '{"schema":2,"payload":',
    };
    const { key, value } = encoderOf(format, ORIGIN)(row, 'true');
    expect([String(key), String(value)]).toEqual([
      '{"schema":1,"payload":{"id":1}}',
      '{"schema":2,"payload":{"id":1}}',
    ]);
    expect(encoderOf(format, ORIGIN)({ key: null, value: row.value }, 'true').key).toBeNull();
  });
});

describe('the marks of a chunk’s rows', () => {
  async function* blocksOf(sizes: number[]) {
    for (const size of sizes) yield Array.from({ length: size }, () => row);
  }
  async function marksOf(sizes: number[], marks: Omit<ChunkMarks, 'usual'>): Promise<string[]> {
    const found: string[] = [];
    const encode = (each: FeedRecord, mark: string) => {
      found.push(mark);
      return each;
    };
    let rows = 0;
    for await (const block of encodeRows(blocksOf(sizes), encode, { usual: 'true', ...marks })) rows += block.length;
    expect(rows).toBe(found.length);
    return found;
  }
  const all = { first: 'first_in_data_collection', last: 'last' } as const;

  test.each<[string, number[], Omit<ChunkMarks, 'usual'>, string[]]>([
    ['in one block', [3], all, ['first_in_data_collection', 'true', 'last']],
    [
      'in several, of which the last ones are empty',
      [1, 0, 2, 0, 0],
      all,
      ['first_in_data_collection', 'true', 'last'],
    ],
    ['without a first one', [2], { last: 'last_in_data_collection' }, ['true', 'last_in_data_collection']],
    ['without a last one', [1, 1], { first: 'first' }, ['first', 'true']],
    ['of none', [], all, []],
    ['of one that is both: the end of all counts most', [1], { first: 'first', last: 'last' }, ['last']],
    [
      'of one that is both: then the beginning of all',
      [1],
      { first: 'first', last: 'last_in_data_collection' },
      ['first'],
    ],
    [
      'of one that is both: then the end of its table',
      [1],
      { first: 'first_in_data_collection', last: 'last_in_data_collection' },
      ['last_in_data_collection'],
    ],
  ])('%s', async (_what, sizes, marks, wanted) => {
    expect(await marksOf(sizes, marks)).toEqual(wanted);
  });
});
