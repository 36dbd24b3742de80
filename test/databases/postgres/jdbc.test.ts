import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { postgresJdbc } from '../../../src/databases/postgres/jdbc.ts';
import type { ReadTable } from '../../../src/databases/source-engine.ts';
import { column } from '../../plan/surveys.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const databases = openTestDatabases();
let database: TestDatabase;
beforeAll(async () => {
  database = await databases.createDatabase();
});
afterAll(() => databases.dropAll());

const session = { tls: 'none', applicationName: 'il a-load glue 12345678', majorVersion: 18 } as const;
const people: ReadTable = { name: 'hr.people', only: true, where: [] };
const keyed: ReadTable = { ...people, key: { columns: ['a', 'B b'], types: ['integer', 'text'] } };

describe('a session of the driver', () => {
  test('has the settings of every other session of a load', async () => {
    const { options, ApplicationName } = postgresJdbc.properties(session);
    const client = new Client({ ...database.address, options, application_name: ApplicationName });
    await client.connect();
    const shown = async (name: string) => (await client.query(`select current_setting($1) as value`, [name])).rows[0];
    for (const [name, value] of [
      ['datestyle', 'ISO, YMD'],
      ['intervalstyle', 'postgres'],
      ['extra_float_digits', '3'],
      ['bytea_output', 'hex'],
      ['lc_monetary', 'C'],
      ['row_security', 'off'],
      ['search_path', ''],
      ['default_transaction_isolation', 'read committed'],
      ['statement_timeout', '0'],
      ['application_name', 'il a-load glue 12345678'],
    ] as const) {
      expect([name, await shown(name)]).toEqual([name, { value }]);
    }
    await client.end();
  });

  test('names no setting that an older server would refuse', () => {
    const optionsOf = (majorVersion: number) => postgresJdbc.properties({ ...session, majorVersion })['options'];
    expect(optionsOf(18)).toContain('-c transaction_timeout=0');
    expect(optionsOf(16)).not.toContain('transaction_timeout');
    expect(optionsOf(16)).toContain('-c idle_session_timeout=0');
    expect(optionsOf(13)).not.toContain('idle_session_timeout');
    expect(optionsOf(13)).toContain('-c idle_in_transaction_session_timeout=0');
  });

  test('asks for TLS where the secret does, and for no other way round it', () => {
    expect(postgresJdbc.properties(session)['sslmode']).toBe('disable');
    expect(postgresJdbc.properties({ ...session, tls: 'require' })['sslmode']).toBe('require');
  });

  test('that joins the view reads in UTC, since the driver tells the server its own time zone', () => {
    expect(postgresJdbc.snapshot?.join).toMatch(
      /^set timezone to 'UTC'; set transaction .* read only; set transaction snapshot/,
    );
  });
});

describe('the query of a table', () => {
  test('has each column as text, cast where the plan says so, and typed where Spark has a type', () => {
    const query = postgresJdbc.readQuery(
      people,
      [
        { column: column('id'), text: 'c1', typed: 'n1', castTo: 'bigint' },
        { column: column('it"s', 'xml'), text: 'c2', castTo: 'text' },
      ],
      [],
    );
    expect(query).toBe(
      '(select "id"::bigint::text as c1, "id"::integer as n1, "it""s"::text::text as c2 from only "hr"."people") il',
    );
  });

  test('keeps to the request’s conditions, and has the key for the partitions', () => {
    const where = [{ column: 'name', is: "it's \\" }];
    expect(postgresJdbc.readQuery({ ...keyed, only: false, where }, [{ column: column('a'), text: 'c1' }], [])).toBe(
      `(select "a"::text as c1, "a" as k1, "B b" as k2 from "hr"."people" where "name" =  E'it''s \\\\') il`,
    );
  });

  test('is cut by the key’s values as literals of its types', () => {
    expect(postgresJdbc.partition(keyed, { from: ['5', "x'"], to: ['6', 'y'] })).toBe(
      `("k1", "k2") > ('5'::integer, 'x'''::text) and ("k1", "k2") <= ('6'::integer, 'y'::text)`,
    );
    expect(postgresJdbc.partition(keyed, { to: ['6', 'y'] })).toBe(`("k1", "k2") <= ('6'::integer, 'y'::text)`);
    expect(postgresJdbc.partition(keyed, {})).toBe('1=1');
    expect(postgresJdbc.partition(people, {})).toBe('1=1');
  });
});

describe('a type of Spark', () => {
  const typed = (type: string) => postgresJdbc.typedAs(column('v', type), 'n1');

  test.each([
    'boolean',
    'smallint',
    'integer',
    'bigint',
    'real',
    'double precision',
    'bytea',
    'numeric(10,2)',
    'numeric(38,38)',
    'numeric(5)',
    'domain over domain over integer',
  ])('takes over %s as the driver gives it', (type) => {
    expect(typed(type)).toBe('n1');
  });

  test.each([
    ['date', 'date_from_unix_date(n1)'],
    ['timestamp without time zone', 'cast(timestamp_micros(n1) as timestamp_ntz)'],
    ['timestamp(3) without time zone', 'cast(timestamp_micros(n1) as timestamp_ntz)'],
    ['timestamp with time zone', 'timestamp_micros(n1)'],
  ])('is made of a number for %s', (type, spark) => {
    expect(typed(type)).toBe(spark);
  });

  test.each([
    'numeric',
    'numeric(39,2)',
    'numeric(5,-2)',
    'numeric(3,5)',
    'text',
    'character varying(5)',
    'character(3)',
    'uuid',
    'json',
    'interval',
    'time without time zone',
    'time with time zone',
    'bit(3)',
    'money',
    'oid',
    'array of integer',
    'enum ["date"]',
    'range of date',
    'citext of citext 1.6',
    'domain over text',
  ])('there is none for %s, which stays text', (type) => {
    expect(typed(type)).toBeUndefined();
  });
});

describe('what the server makes for a type of Spark', () => {
  async function read(type: string, value: string): Promise<unknown> {
    const typed = column('my "v"', type);
    const query = postgresJdbc.readQuery(people, [{ column: typed, text: 'c1', typed: 'n1' }], []);
    await database.query(`create schema if not exists hr; drop table if exists hr.people;
      create table hr.people ("my ""v""" ${type}); insert into hr.people values ('${value}'), (null)`);
    const rows = await database.query<{ n1: unknown }>(`set timezone to 'Asia/Kathmandu'; select n1 from ${query}`);
    expect(rows[1]).toEqual({ n1: null });
    return rows[0]!.n1;
  }
  const days = (date: string) => Date.parse(`${date}T00:00:00Z`) / 86_400_000;
  const microseconds = (instant: string, more = 0n) => String(BigInt(Date.parse(instant)) * 1_000n + more);

  test.each([
    ['2024-02-29', days('2024-02-29')],
    ['0001-01-01', days('0001-01-01')],
    ['1582-10-10', days('1582-10-10')],
    ['4713-01-01 BC', days('-004712-01-01')],
    ['5874897-12-31', 2_145_042_905],
  ])('of the date %s is the number of its day', async (value, day) => {
    expect(await read('date', value)).toBe(day);
  });

  test.each([
    ['1969-12-31 23:59:59.999999', microseconds('1969-12-31T23:59:59Z', 999_999n)],
    ['1582-10-10 12:34:56.123456', microseconds('1582-10-10T12:34:56Z', 123_456n)],
    ['0001-01-01 00:00:00.000001', microseconds('0001-01-01T00:00:00Z', 1n)],
    ['4713-01-01 00:00:00 BC', microseconds('-004712-01-01T00:00:00Z')],
    ['99999-12-31 23:59:59.999999', microseconds('+099999-12-31T23:59:59Z', 999_999n)],
  ])('of the moment %s is its microsecond, in whatever time zone', async (value, microsecond) => {
    expect(await read('timestamp without time zone', value)).toBe(microsecond);
    expect(await read('timestamp with time zone', value.replace(/( BC)?$/, '+00$1'))).toBe(microsecond);
    expect(await read('timestamp(6) with time zone', value.replace(/( BC)?$/, '+00$1'))).toBe(microsecond);
  });

  test.each([
    ['date', 'infinity'],
    ['date', '-infinity'],
    ['timestamp without time zone', 'infinity'],
    ['timestamp with time zone', '-infinity'],
    ['numeric(10,2)', 'NaN'],
  ])('of %s is an error for %s, with the column’s name', async (type, value) => {
    await expect(read(type, value)).rejects.toThrow(`${value} of column my "v" has no place in Spark`);
  });

  test('of a number is that number', async () => {
    expect(await read('numeric(10,2)', '-1.50')).toBe('-1.50');
    expect(await read('bytea', '\\x00ff')).toEqual(Buffer.from([0, 255]));
  });
});
