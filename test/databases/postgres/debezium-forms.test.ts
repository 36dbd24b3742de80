import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { reconnect, type Client } from '../../../src/databases/postgres/connection.ts';
import { debeziumForm } from '../../../src/databases/postgres/debezium-forms.ts';
import type { ConnectorSettings } from '../../../src/model.ts';
import { column } from '../../plan/surveys.ts';
import { openTestDatabases } from '../../support/postgres.ts';

// That they are Debezium's own is seen in test/kafka/formats.test.ts; here is what its snapshots lose.
const databases = openTestDatabases();
let client: Client;
beforeAll(async () => {
  const source = await databases.createDatabase();
  client = await reconnect(source.address, { applicationName: 'test', field: 'source.connection' });
});
afterAll(async () => {
  await client.end();
  await databases.dropAll();
});

const settings = (more: Partial<ConnectorSettings> = {}): ConnectorSettings => ({
  decimals: 'precise',
  times: 'adaptive',
  binary: 'bytes',
  envelope: [],
  source: [],
  ...more,
});
const formOf = (type: string, more?: Partial<ConnectorSettings>) => debeziumForm(column('c', type), settings(more));

async function write(type: string, value: string | null, more?: Partial<ConnectorSettings>): Promise<unknown> {
  const sqlType = type.replace(/^array of (.*)$/, '$1[]');
  const form = formOf(type, more)!;
  const { rows } = await client.query<{ json: unknown }>({
    text: `select to_json(${form.sql?.('v.c') ?? 'v.c'}) as json from (select $1::text::${sqlType} as c) as v`,
    values: [value],
  });
  return rows[0]!.json;
}

describe('a value is written', () => {
  test.each<[type: string, value: string | null, more: Partial<ConnectorSettings>, written: unknown]>([
    ['numeric', 'NaN', { decimals: 'string' }, 'NAN'],
    ['numeric', '-Infinity', { decimals: 'string' }, 'NEGATIVE_INFINITY'],
    ['numeric', 'Infinity', { decimals: 'double' }, 'Infinity'],
    ['bytea', '\\xfbff', { binary: 'base64-url-safe' }, '-_8='],
    ['time with time zone', '24:00:00+00', {}, '00:00:00Z'],
    ['timestamp(2) with time zone', '2024-01-01 00:00:00.5+00', {}, '2024-01-01T00:00:00.50Z'],
    ['array of integer', '[2:3]={1,2}', {}, [1, 2]],
    ['array of date', null, {}, null],
    ['bytea', `\\x${'00'.repeat(100)}`, {}, Buffer.alloc(100).toString('base64')],
  ])('of %s: %p with %j', async (type, value, more, written) => {
    expect(await write(type, value, more)).toEqual(written);
  });

  test('of numeric in as few bytes as it takes, at both sides of every limit', async () => {
    for (let bytes = 1n; bytes <= 20n; bytes += 1n) {
      const limit = 2n ** (8n * bytes - 1n);
      for (const number of [limit - 1n, limit, -limit, -limit - 1n]) {
        for (const type of ['numeric(60,0)', ...(bytes < 8n ? ['numeric(18,0)'] : [])]) {
          const written = Buffer.from((await write(type, String(number))) as string, 'base64');
          expect([number, BigInt.asIntN(8 * written.length, BigInt(`0x${written.toString('hex')}`))]).toEqual([
            number,
            number,
          ]);
          expect([number, written.length]).toEqual([
            number,
            Number(bytes) + (number === limit || number === -limit - 1n ? 1 : 0),
          ]);
        }
      }
    }
  });
});

describe('what Debezium makes something else of is an error that names it', () => {
  test.each([
    ['numeric', 'NaN', 'NaN'],
    ['numeric(30,2)', 'NaN', 'NaN'],
    ['numeric(10,2)', 'NaN', 'NaN'],
    ['date', '0001-12-31 BC', '0001-12-31 BC of column c has no place in Debezium'],
    ['date', 'infinity', 'infinity of column c'],
    ['date', '-infinity', '-infinity of column c'],
    ['array of integer', '{{1,2}}', '{{1,2}} of column c'],
    ['timestamp without time zone', '294276-12-31 23:59:59', 'out of range'],
  ])('of %s: %s', async (type, value, says) => {
    await expect(write(type, value)).rejects.toThrow(says);
  });
});

test.each([
  'pg_lsn',
  'point',
  'bit(3)',
  'bit varying',
  'hstore of hstore 1.8',
  'composite { "a": integer }',
  'multirange of integer',
  'numeric(3,-1)',
  'array of point',
  'array of array of integer',
  'constructor',
  'regclass',
  'tsquery',
])('there is no form of %s', (type) => {
  expect(formOf(type)).toBeUndefined();
});
