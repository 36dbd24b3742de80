import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  differOnlyInExtensionVersion,
  explainLoss,
  haveSameForm,
  losslessCast,
  sortsAlikeEverywhere,
} from '../../../src/databases/postgres/casts.ts';
import { openTestDatabases, type TestDatabase } from '../../support/postgres.ts';

const MOOD = 'enum ["sad","ok","très content"]';

/** Every kind of allowed cast, with values at the limits of the source's type. */
const ALLOWED: [source: string, target: string, values: string[]][] = [
  ['smallint', 'integer', ['-32768', '0', '32767']],
  ['smallint', 'bigint', ['-32768', '32767']],
  ['integer', 'bigint', ['-2147483648', '2147483647']],
  ['integer', 'numeric', ['-2147483648', '0', '2147483647']],
  ['bigint', 'numeric(19,0)', ['-9223372036854775808', '9223372036854775807']],
  ['smallint', 'numeric(5,0)', ['-32768', '32767']],
  ['smallint', 'real', ['-32768', '-1', '32767']],
  ['integer', 'double precision', ['-2147483648', '1000000', '2147483647']],
  ['numeric(10,2)', 'numeric', ['1.50', '-99999999.99', 'NaN', '0.00']],
  ['numeric(10,2)', 'numeric(12,2)', ['1.50', '99999999.99', 'NaN']],
  ['character varying(5)', 'character varying(9)', ['abcde', '  ', '', 'é漢😀']],
  ['character varying(5)', 'character varying', ['abc  ']],
  ['character varying(5)', 'text', ['abc  ', '']],
  ['character varying', 'text', ['NULL', '\\N']],
  ['text', 'character varying', ['a\tb\nc\\']],
  ['name', 'text', ['x'.repeat(63)]],
  ['name', 'character varying(63)', ['é'.repeat(31)]],
  ['uuid', 'text', ['6F9619FF-8B86-D011-B42D-00C04FC964FF']],
  ['uuid', 'character varying(36)', ['6f9619ff-8b86-d011-b42d-00c04fc964ff']],
  ['json', 'text', ['{"b":  1, "a": 1.0, "a": 2}']],
  ['jsonb', 'json', ['{"b":  1, "a": 1.00, "a": 2}', '"x"']],
  [
    'timestamp(3) without time zone',
    'timestamp without time zone',
    ['2026-01-02 03:04:05.678', '-infinity', '0044-03-15 12:00:00.5 BC'],
  ],
  ['timestamp(0) with time zone', 'timestamp(3) with time zone', ['2026-01-02 03:04:05+02', 'infinity']],
  ['time(2) without time zone', 'time(6) without time zone', ['24:00:00', '23:59:59.99']],
  ['time(0) with time zone', 'time with time zone', ['12:00:00+05:45']],
  ['interval(3)', 'interval', ['1 mon 3 days 04:05:06.789', '-1 day']],
  ['interval day to second(3)', 'interval', ['30 days 23:59:59.999']],
  ['interval year to month', 'interval', ['14 months']],
  ['bit(4)', 'bit varying(4)', ['0101']],
  ['bit varying(3)', 'bit varying', ['1', '']],
  [MOOD, 'text', ['sad', 'très content']],
  [MOOD, 'character varying(12)', ['très content']],
  ['array of integer', 'array of bigint', ['{{1,NULL},{3,4}}', '{}', '[0:1]={1,2}']],
  [`array of ${MOOD}`, 'array of text', ['{sad,NULL,"très content"}']],
  ['domain over smallint', 'domain over bigint', ['7']],
];

const REFUSED: [source: string, target: string][] = [
  ['integer', 'smallint'],
  ['integer', 'text'],
  ['bigint', 'double precision'],
  ['integer', 'real'],
  ['integer', 'numeric(9,0)'],
  ['integer', 'numeric(12,2)'],
  ['numeric', 'numeric(10,2)'],
  ['numeric(10,2)', 'numeric(12,4)'],
  ['numeric(10,2)', 'numeric(9,2)'],
  ['numeric', 'double precision'],
  ['numeric', 'text'],
  ['real', 'double precision'],
  ['double precision', 'real'],
  ['text', 'character varying(10)'],
  ['character varying(10)', 'character varying(5)'],
  ['character varying(10)', 'character(10)'],
  ['character(10)', 'text'],
  ['character(5)', 'character(9)'],
  ['character(10)', 'character varying(10)'],
  ['uuid', 'character varying(35)'],
  ['json', 'jsonb'],
  ['jsonb', 'text'],
  ['text', 'json'],
  ['text', 'bytea'],
  ['bytea', 'text'],
  ['boolean', 'text'],
  ['boolean', 'integer'],
  ['date', 'timestamp without time zone'],
  ['timestamp without time zone', 'date'],
  ['timestamp without time zone', 'timestamp with time zone'],
  ['timestamp with time zone', 'timestamp without time zone'],
  ['timestamp without time zone', 'timestamp(3) without time zone'],
  ['time without time zone', 'time with time zone'],
  ['bigint', 'timestamp without time zone'],
  ['integer', 'date'],
  ['interval', 'interval(3)'],
  ['interval', 'interval day to second'],
  ['bit(4)', 'bit(8)'],
  ['bit(4)', 'bit varying(3)'],
  ['cidr', 'inet'],
  ['money', 'numeric'],
  [MOOD, 'enum ["sad","ok"]'],
  [MOOD, 'character varying(11)'],
  ['text', MOOD],
  ['array of integer', 'integer'],
  ['integer', 'array of integer'],
  ['array of json', 'array of jsonb'],
  ['range of integer', 'range of bigint'],
];

describe('an allowed cast', () => {
  const databases = openTestDatabases();
  let database: TestDatabase;

  beforeAll(async () => {
    database = await databases.createDatabase();
    await database.query(`create type mood as enum ('sad', 'ok', 'très content')`);
  });
  afterAll(() => databases.dropAll());

  /** A type's structure as SQL. */
  const sql = (structure: string): string => {
    if (structure.startsWith('array of ')) return `${sql(structure.slice('array of '.length))}[]`;
    if (structure.startsWith('domain over ')) return sql(structure.slice('domain over '.length));
    return structure.startsWith('enum ') ? 'mood' : structure;
  };

  test.each(ALLOWED)('from %s to %s shows every value as the source does', async (source, target, values) => {
    const castTo = losslessCast(source, target);
    expect(castTo).toBe(sql(target));
    for (const value of values) {
      const rows = await database.query<{ before: string; after: string }>(
        `select x::text as before, x::${castTo}::text as after from (select $1::text::${sql(source)} as x) v`,
        [value],
      );
      expect(rows[0]?.after).toBe(rows[0]?.before);
    }
  });
});

test.each(REFUSED)('from %s to %s there is no cast without loss', (source, target) => {
  expect(losslessCast(source, target)).toBeUndefined();
});

test.each([
  ['domain over integer', 'integer', true],
  ['integer', 'domain over integer', true],
  ['domain over domain over text', 'domain over text', true],
  ['domain over integer', 'bigint', false],
  ['numeric(10,2)', 'numeric(10,3)', false],
  [MOOD, MOOD, true],
])('%s and %s have the same form: %s', (one, other, same) => {
  expect(haveSameForm(one, other)).toBe(same);
});

test.each([
  ['citext of citext 1.6', 'citext of citext 1.5', true],
  ['geometry(Point,4326) of postgis 3.4.0', 'geometry(Point,4326) of postgis 3.5.0', true],
  ['array of hstore of hstore 1.7', 'array of hstore of hstore 1.8', true],
  ['geometry(Point,4326) of postgis 3.4.0', 'geometry of postgis 3.4.0', false],
  ['vector(3) of vector 0.7.0', 'vector(4) of vector 0.8.0', false],
  ['citext of citext 1.6', 'text', false],
  ['array of character varying(5)', 'array of character varying(9)', false],
  ['range of character varying(5)', 'range of character varying(9)', false],
  ['enum ["a of b 1"]', 'enum ["a of b 2"]', false],
])('%s and %s are one type in two versions: %s', (one, other, same) => {
  expect(differOnlyInExtensionVersion(one, other)).toBe(same);
});

test.each([
  ['json', 'jsonb', 'order of keys'],
  ['timestamp without time zone', 'timestamp with time zone', 'time zone would be guessed'],
  ['time with time zone', 'time without time zone', 'time zone would be guessed'],
  ['real', 'double precision', '0.1 would become'],
  ['character(5)', 'text', 'trailing spaces'],
  ['numeric(10,2)', 'numeric(12,4)', 'digits'],
  ['character varying(9)', 'character varying(5)', 'cut or refused'],
])('why %s does not go into %s is said', (source, target, reason) => {
  expect(explainLoss(source, target)).toContain(reason);
});

test('why a text does not become a number needs no saying', () => {
  expect(explainLoss('text', 'integer')).toBeUndefined();
});

test('numbers, times and identifiers sort alike everywhere; texts and enums may not', () => {
  expect(
    ['integer', 'numeric(10,2)', 'uuid', 'timestamp(3) with time zone', 'domain over bigint'].filter(
      sortsAlikeEverywhere,
    ),
  ).toHaveLength(5);
  expect(['text', 'character varying(5)', MOOD, 'citext of citext 1.6', 'jsonb'].filter(sortsAlikeEverywhere)).toEqual(
    [],
  );
});
