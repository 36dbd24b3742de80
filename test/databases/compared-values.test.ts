import { describe, expect, test } from '@jest/globals';
import { findDistinctObstacle, findFilterObstacle } from '../../src/databases/compared-values.ts';
import { mysql } from '../../src/databases/mysql/engine.ts';
import { postgres } from '../../src/databases/postgres/engine.ts';
import { parseRowFilter } from '../../src/request/parse-row-filter.ts';
import { column, table } from '../plan/surveys.ts';

const ENGINES = { postgres, mysql };

/** Why a filter over the column `c` of that type may not mean the same. */
function obstacle(engine: keyof typeof ENGINES, type: string, filter: string): string | undefined {
  const parsed = parseRowFilter(filter, ['c']);
  if ('why' in parsed) throw new Error(parsed.why);
  return findFilterObstacle(table('hr.t', [column('c', type)]), parsed.filter, ENGINES[engine].comparedKindOf);
}

describe('a filter that means the same in Spark and in PostgreSQL', () => {
  test.each([
    ['smallint', 'c > -5'],
    ['integer', 'c = 5.0'],
    ['bigint', 'c in (1, 2.5)'],
    ['bigint', 'c < 99999999999999999999'],
    ['numeric(10,2)', 'c between 1 and 2.555'],
    ['numeric(38,0)', 'c = 5'],
    ['boolean', 'c'],
    ['boolean', 'not c <> false'],
    ['date', "c >= '2024-02-29'"],
    ['timestamp without time zone', "c = '2024-02-29 23:59:59.123456'"],
    ['timestamp(3) without time zone', "c = '2024-02-29'"],
    ['text', "c < 'x'"],
    ['character varying(20)', "c = '5'"],
    ['hr.mood', 'c is null'],
    ['point', 'c is not null'],
  ])('%s: %s', (type, filter) => {
    expect(obstacle('postgres', type, filter)).toBeUndefined();
  });
});

describe('a filter that means the same in Spark and in MySQL or MariaDB', () => {
  test.each([
    ['tinyint(1)', 'c = 1'],
    ['int(10) unsigned', 'c > -5'],
    ['bigint(20) unsigned', 'c = 18446744073709551615'],
    ['decimal(10,2) unsigned', 'c = 5.1'],
    ['date', "c = '2024-02-29'"],
    ['datetime(6)', "c < '2024-02-29 00:00:00'"],
    ['varchar(20)', "c = 'x'"],
    ['longtext', "c < 'x'"],
    ['year(4)', 'c is null'],
  ])('%s: %s', (type, filter) => {
    expect(obstacle('mysql', type, filter)).toBeUndefined();
  });
});

describe('a filter that may not mean the same', () => {
  const MAY_DIFFER = 'which Spark and the source may compare differently';
  test.each<[keyof typeof ENGINES, string, string, string]>([
    ['postgres', 'numeric', 'c = 1', MAY_DIFFER],
    ['postgres', 'numeric(39,0)', 'c = 1', MAY_DIFFER],
    ['postgres', 'numeric(2,-3)', 'c = 1', MAY_DIFFER],
    ['postgres', 'numeric(3,5)', 'c = 1', MAY_DIFFER],
    ['postgres', 'real', 'c > 1', MAY_DIFFER],
    ['postgres', 'double precision', 'c = 0.5', MAY_DIFFER],
    ['postgres', 'character(5)', "c = 'a'", MAY_DIFFER],
    ['postgres', '"char"', "c = 'a'", MAY_DIFFER],
    ['postgres', 'timestamp with time zone', "c > '2024-02-29'", MAY_DIFFER],
    ['postgres', 'time without time zone', "c > '10:00:00'", MAY_DIFFER],
    ['postgres', 'uuid', "c = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", MAY_DIFFER],
    ['postgres', 'citext', "c = 'a'", MAY_DIFFER],
    ['postgres', 'hr.text', "c = 'a'", MAY_DIFFER],
    ['postgres', 'text[]', "c = 'a'", MAY_DIFFER],
    ['postgres', 'jsonb', "c = '1'", MAY_DIFFER],
    ['mysql', 'float', 'c > 1', MAY_DIFFER],
    ['mysql', 'double', 'c > 1', MAY_DIFFER],
    ['mysql', 'decimal(39,0)', 'c = 1', MAY_DIFFER],
    ['mysql', 'char(5)', "c = 'a'", MAY_DIFFER],
    ['mysql', "enum('a','b')", "c = 'a'", MAY_DIFFER],
    ['mysql', 'timestamp', "c > '2024-02-29'", MAY_DIFFER],
    ['mysql', 'time', "c > '10:00:00'", MAY_DIFFER],
    ['mysql', 'year(4)', 'c = 2024', MAY_DIFFER],
    ['mysql', 'bit(1)', 'c', MAY_DIFFER],
    ['mysql', 'varbinary(5)', "c = 'a'", MAY_DIFFER],
    ['mysql', 'json', "c = 'a'", MAY_DIFFER],
    ['postgres', 'integer', "c = '5'", "with '5'"],
    ['postgres', 'integer', 'c', 'with true'],
    ['postgres', 'integer', 'c in (1, true)', 'with true'],
    ['postgres', 'text', 'c = 5', 'with 5'],
    ['postgres', 'text', "c between 'a' and 5", 'with 5'],
    ['postgres', 'boolean', 'c = 1', 'with 1'],
    ['postgres', 'boolean', "c = 'true'", "with 'true'"],
    ['postgres', 'boolean', 'c > false', 'orders c, boolean'],
    ['mysql', 'tinyint(1)', 'c = true', 'with true'],
    ['mysql', 'tinyint(1)', 'c', 'with true'],
    ['postgres', 'date', "c = '2024-2-9'", "with '2024-2-9'"],
    ['postgres', 'date', "c = '2024-02-30'", "with '2024-02-30'"],
    ['postgres', 'date', "c = '2023-02-29'", "with '2023-02-29'"],
    ['postgres', 'date', "c = '2024-02-29 00:00:00'", "with '2024-02-29 00:00:00'"],
    ['postgres', 'date', "c = ' 2024-02-29'", "with ' 2024-02-29'"],
    ['postgres', 'date', "c < '1582-12-31'", "with '1582-12-31'"],
    ['postgres', 'date', "c < '9999-01-01'", "with '9999-01-01'"],
    ['postgres', 'date', "c < 'infinity'", "with 'infinity'"],
    ['postgres', 'date', "c < 'today'", "with 'today'"],
    ['postgres', 'date', 'c = 20240229', 'with 20240229'],
    ['mysql', 'date', "c = '0000-00-00'", "with '0000-00-00'"],
    ['mysql', 'datetime', "c = '2024-02-29 24:00:00'", "with '2024-02-29 24:00:00'"],
    ['postgres', 'timestamp without time zone', "c = '2024-02-29 10:00'", "with '2024-02-29 10:00'"],
    ['postgres', 'timestamp without time zone', "c = '2024-02-29 10:00:00Z'", "with '2024-02-29 10:00:00Z'"],
    ['postgres', 'timestamp without time zone', "c = '2024-02-29 10:00:00.1234567'", 'with'],
    ['postgres', 'timestamp without time zone', "c = '2024-02-29  10:00:00'", 'with'],
    ['postgres', 'numeric(38,0)', 'c = 0.5', 'more digits than Spark keeps'],
    ['postgres', 'numeric(20,18)', 'c in (1, 123456789012345678901)', 'more digits than Spark keeps'],
    ['postgres', 'bigint', 'c > 0.1234567890123456789', 'more digits than Spark keeps'],
    ['mysql', 'decimal(38,30)', 'c < 123456789', 'more digits than Spark keeps'],
  ])('%s, %s: %s', (engine, type, filter, part) => {
    const found = obstacle(engine, type, filter);
    expect(found).toContain(`c, ${type}`);
    expect(found).toContain(part);
  });

  test('is found wherever it stands', () => {
    expect(obstacle('postgres', 'integer', "not (c = 1 or (c is null and c = '5'))")).toContain("with '5'");
  });
});

test('rows are told apart by what is compared alike', () => {
  const rows = table('hr.t', [column('a'), column('b', 'text'), column('c', 'real')]);
  expect(findDistinctObstacle(rows, ['a', 'b'], postgres.comparedKindOf)).toBeUndefined();
  expect(findDistinctObstacle(rows, ['a', 'c'], postgres.comparedKindOf)).toContain('values of c, real, apart');
  expect(findDistinctObstacle(rows, ['a', 'd'], postgres.comparedKindOf)).toBe('d is no column of the table');
});
