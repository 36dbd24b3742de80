import { describe, expect, test } from '@jest/globals';
import { fieldSchemasOf, recogniseFormat, rowSchemasOf } from '../../src/survey/live-format.ts';
import { column, table } from '../plan/surveys.ts';

const EMPLOYEES = table(
  'hr.employees',
  [column('area'), column('id'), column('pay', 'numeric(10,2)'), column('born', 'date')],
  {
    key: ['area', 'id'],
  },
);
const KEY = '{"area":1,"id":2}';
const ROW = { area: 1, id: 2, pay: '1.50', born: null };
const source = { version: '3.6.1.Final', connector: 'postgresql', name: 'live', snapshot: 'false' };
const envelope = (more: object = {}) => ({ before: null, after: ROW, source, op: 'c', ts_ms: 1, ...more });
const recognise = (value: unknown, key: string | null = KEY, of = EMPLOYEES) =>
  recogniseFormat({ key, value: typeof value === 'string' ? value : JSON.stringify(value) }, of);

describe('a record of a live topic is recognised as', () => {
  test('a plain row, of which only kinds are kept', () => {
    expect(recognise({ ...ROW, pay: 1.5, more: [{}] })).toEqual({
      format: { value: 'plain' },
      keyFields: { area: 'number', id: 'number' },
      rowFields: { area: 'number', id: 'number', pay: 'number', born: 'null', more: 'array' },
    });
  });

  test('an envelope, with its fields in order and what the values tell of settings', () => {
    expect(recognise(envelope())).toEqual({
      format: {
        value: 'debezium',
        connector: {
          decimals: 'string',
          times: 'adaptive',
          binary: 'bytes',
          envelope: ['before', 'after', 'source', 'op', 'ts_ms'],
          source: ['version', 'connector', 'name', 'snapshot'],
          version: '3.6.1.Final',
          name: 'live',
        },
      },
      keyFields: { area: 'number', id: 'number' },
      rowFields: { area: 'number', id: 'number', pay: 'string', born: 'null' },
    });
  });

  test('an envelope of a delete, by the row before', () => {
    expect(recognise(envelope({ before: ROW, after: null }))).toMatchObject({ format: { value: 'debezium' } });
  });

  test('either with the schemas that stand before it, as they are', () => {
    const schema = { fields: [{ type: 'string', field: ',"payload":', name: '"schema"' }], type: 'struct' };
    const [keySchema, valueSchema] = [`{"schema":${JSON.stringify(schema)},"payload":`, `{"schema": null,"payload":`];
    expect(recognise(`${valueSchema}${JSON.stringify(ROW)}}`, `${keySchema}${KEY}}`)).toMatchObject({
      format: { value: 'plain', keySchema, valueSchema },
    });
    expect(fieldSchemasOf(keySchema)).toEqual({ ',"payload":': '"schema"' });
  });

  test('a row of a table without a key, without a key', () => {
    const { key: _, ...log } = EMPLOYEES;
    expect(recognise(ROW, null, log)).toMatchObject({ format: { value: 'plain' } });
    expect(recognise(ROW, KEY, log)).toMatchObject({ unlike: 'its keys are no JSON objects of nothing' });
  });
});

describe('a record of a live topic is not like those of a load, and it is said why:', () => {
  test.each<[string, unknown, string | null, string]>([
    ['Avro behind a registry’s number', '\0\0\0\0\x01abc', KEY, 'its records need a schema registry (Avro, Protobuf)'],
    ['no JSON', 'id=1', KEY, 'its records are no JSON'],
    ['JSON of no row', '[1]', KEY, 'its values are no JSON objects'],
    ['no key', ROW, null, 'its records have no key'],
    ['a key that is no object', ROW, '1', 'its keys are no JSON objects of area, id'],
    ['a key in another order', ROW, '{"id":2,"area":1}', 'its keys are no JSON objects of area, id'],
    ['a key of other columns', ROW, '{"area":1}', 'its keys are no JSON objects of area, id'],
    ['a key of more columns', ROW, '{"area":1,"id":2,"pay":3}', 'its keys are no JSON objects of area, id'],
    [
      'another connector’s envelope',
      envelope({ source: { connector: 'mysql' } }),
      KEY,
      'its envelope is of the connector mysql',
    ],
    ['an envelope without a row', envelope({ after: null }), KEY, 'its envelope has no row'],
    [
      'a number that could mean two',
      envelope({ after: { born: 1, pay: '1.50', at: 1_709_210_096_789 } }),
      KEY,
      'its value of at',
    ],
  ])('%s', (_what, value, key, why) => {
    const of = table('hr.employees', [...EMPLOYEES.columns, column('at', 'timestamp without time zone')], {
      key: EMPLOYEES.key!,
    });
    expect(recognise(value, key, of).unlike).toContain(why);
  });
});

test('the types of an envelope’s schema are those of the row in it', () => {
  const row = {
    field: 'after',
    fields: [
      { type: 'int32', field: 'id' },
      { type: 'bytes', name: 'Decimal', field: 'pay' },
      { type: 'array', items: { type: 'string', name: 'Json' }, field: 'tags' },
    ],
  };
  const prefix = `{"schema":${JSON.stringify({ type: 'struct', fields: [{ field: 'before' }, row] })},"payload":`;
  expect(rowSchemasOf(prefix)).toEqual({ id: 'int32', pay: 'Decimal', tags: 'array of Json' });
});
