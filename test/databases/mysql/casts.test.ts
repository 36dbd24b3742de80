import { describe, expect, test } from '@jest/globals';
import { matchTypes } from '../../../src/databases/mysql/casts.ts';
import { column } from '../../plan/surveys.ts';

const match = (from: string, to: string) =>
  matchTypes(column('a', from, { fingerprint: `mysql ${from}` }), column('a', to));

describe('what PostgreSQL takes over from MySQL and MariaDB without loss', () => {
  test.each([
    ['tinyint(4)', 'smallint'],
    ['tinyint(1)', 'smallint'],
    ['tinyint(1)', 'boolean'],
    ['tinyint(3) unsigned', 'smallint'],
    ['smallint(6)', 'smallint'],
    ['smallint unsigned', 'integer'],
    ['mediumint(8) unsigned', 'integer'],
    ['int', 'integer'],
    ['int(11)', 'bigint'],
    ['int(10) unsigned zerofill', 'bigint'],
    ['int(10) unsigned', 'numeric(10,0)'],
    ['bigint(20)', 'bigint'],
    ['bigint(20)', 'numeric'],
    ['bigint unsigned', 'bigint'],
    ['bigint unsigned', 'numeric(19,0)'],
    ['decimal(10,2)', 'numeric(10,2)'],
    ['decimal(10,2) unsigned', 'numeric'],
    ['decimal(10,2)', 'numeric(12,4)'],
    ['decimal(38,10)', 'numeric(38,10)'],
    ['double', 'double precision'],
    ['year(4)', 'smallint'],
    ['bit(1)', 'boolean'],
    ['date', 'date'],
    ['datetime', 'timestamp without time zone'],
    ['datetime', 'timestamp(0) without time zone'],
    ['timestamp(3)', 'timestamp(3) without time zone'],
    ['time', 'character varying(10)'],
    ['char(2)', 'character(2)'],
    ['char(2)', 'text'],
    ['varchar(100)', 'character varying(100)'],
    ['varchar(100)', 'character varying'],
    ['varchar(100)', 'domain over character varying(100)'],
    ['tinytext', 'character varying(255)'],
    ['longtext', 'text'],
    [`enum('a','b''cd')`, 'character varying(4)'],
    [`set('ab','cd')`, 'character varying(6)'],
    ['binary(16)', 'bytea'],
    ['longblob', 'bytea'],
  ])('%s into %s', (from, to) => {
    expect(match(from, to)).toBe('same text form');
  });
});

describe('what would be lost is refused, with a type that would do', () => {
  test.each([
    ['tinyint(4)', 'boolean', 'smallint'],
    ['tinyint(1) unsigned', 'boolean', 'smallint'],
    ['smallint unsigned', 'smallint', 'integer'],
    ['int unsigned', 'integer', 'bigint'],
    ['int(11)', 'numeric(9,0)', 'integer'],
    ['bigint unsigned', 'integer', 'bigint'],
    ['bigint unsigned', 'numeric(18,0)', 'bigint'],
    ['decimal(10,2)', 'numeric(10,1)', 'numeric(10,2)'],
    ['decimal(10,2)', 'numeric(10,4)', 'numeric(10,2)'],
    ['decimal(10,2)', 'double precision', 'numeric(10,2)'],
    ['double', 'real', 'double precision'],
    ['date', 'timestamp without time zone', 'date'],
    ['timestamp(3)', 'timestamp(2) without time zone', 'timestamp'],
    ['time', 'time without time zone', 'varchar(10) or text'],
    ['char(3)', 'character(2)', 'varchar(3)'],
    ['varchar(100)', 'character varying(99)', 'varchar(100) or text'],
    ['varchar(100)', 'character(100)', 'varchar(100) or text'],
    ['longtext', 'character varying(65535)', 'text'],
    ['longtext', 'jsonb', 'text'],
    [`enum('a','b''cd')`, 'character varying(3)', 'varchar(4) or text'],
    [`enum('a','b')`, `enum ["a","b"]`, 'varchar(1) or text'],
    ['blob', 'text', 'bytea'],
  ])('%s into %s: %s', (from, to, makeIt) => {
    expect(match(from, to)).toEqual({ refused: '', makeIt });
  });

  test('a time zone is not guessed', () => {
    const refused = ' (a time zone would be guessed)';
    expect(match('datetime', 'timestamp with time zone')).toEqual({ refused, makeIt: 'timestamp' });
    expect(match('timestamp', 'timestamp with time zone')).toEqual({ refused, makeIt: 'timestamp' });
  });

  test.each([
    ['float', 'double precision', 'only nearly'],
    ['datetime(6)', 'timestamp without time zone', 'promises milliseconds'],
    ['time(3)', 'text', 'no fractions of a second'],
    ['decimal(39,0)', 'numeric(39,0)', 'at most 38 digits'],
    ['bit(8)', 'bit varying', 'carries bit(1)'],
    ['json', 'jsonb', 'does not say'],
    ['point', 'bytea', 'promises nothing'],
    ['uuid', 'uuid', 'promises nothing'],
    ['inet6', 'inet', 'promises nothing'],
  ])('%s goes into no type: %s', (from, to, why) => {
    expect(match(from, to)).toEqual({ refused: expect.stringContaining(why), makeIt: undefined });
  });
});
