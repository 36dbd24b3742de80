import { describe, expect, test } from '@jest/globals';
import { mariadbJdbc, mysqlJdbc } from '../../../src/databases/mysql/jdbc.ts';
import type { ReadTable } from '../../../src/databases/source-engine.ts';
import type { ColumnSurvey } from '../../../src/model.ts';
import { column } from '../../plan/surveys.ts';

/** What MariaDB makes of it is tested in test/mariadb/jdbc.test.ts. */

const session = { tls: 'none', applicationName: 'il a-load glue 12345678', majorVersion: 8 } as const;
const orders: ReadTable = { name: 'shop."Orders"', only: true, where: [] };
const keyed: ReadTable = { ...orders, key: { columns: ['id'], types: ['int(11)'] } };
const query = (all: ColumnSurvey[], table: ReadTable = orders) =>
  mysqlJdbc.readQuery(table, [{ column: all[0]!, text: 'c1', typed: 'n1' }], all);

describe('a session of the driver', () => {
  const properties = mysqlJdbc.properties(session);

  test('is as every other session of a load: in UTC, with no server’s idea of quotes, for as long as it takes', () => {
    expect(properties['sessionVariables']).toBe(
      "time_zone='+00:00',sql_mode='NO_ENGINE_SUBSTITUTION',max_execution_time=0",
    );
    expect(mariadbJdbc.properties(session)['sessionVariables']).toContain(',max_statement_time=0');
    expect(properties['connectionAttributes']).toBe('program_name:il a-load glue 12345678');
  });

  test('hands on row after row, and text that the server has made UTF-8', () => {
    expect(properties).toMatchObject({
      fetchsize: '-2147483648',
      characterEncoding: 'UTF-8',
      characterSetResults: 'UTF-8',
      tinyInt1isBit: 'false',
      zeroDateTimeBehavior: 'EXCEPTION',
      enableEscapeProcessing: 'false',
    });
  });

  test('takes the server’s key for a password only where there is no TLS that would hide it', () => {
    expect(properties).toMatchObject({ sslMode: 'DISABLED', allowPublicKeyRetrieval: 'true' });
    const encrypted = mysqlJdbc.properties({ ...session, tls: 'require' });
    expect(encrypted).toMatchObject({ sslMode: 'REQUIRED' });
    expect(encrypted).not.toHaveProperty('allowPublicKeyRetrieval');
  });

  test('shares no view with others', () => {
    expect(mysqlJdbc.snapshot).toBeUndefined();
    expect(mariadbJdbc.snapshot).toBeUndefined();
  });
});

describe('the query of a table', () => {
  test('has names in backticks, values as literals, and the key for the partitions', () => {
    const all = [column('a`b?', 'varchar(5)'), column('id', 'bigint(20) unsigned'), column('price', 'decimal(5,2)')];
    const where = [
      { column: 'a`b?', is: "it's ? \\" },
      { column: 'id', atLeast: '18446744073709551615' },
      { column: 'price', isNot: 1.5 },
      { column: 'price', isNot: null },
    ];
    expect(query(all, { ...keyed, where })).toBe(
      "(select `a``b?` as c1, `id` as k1 from `shop`.`Orders` where `a``b?` = 'it''s ? \\\\' and " +
        "`id` >= 18446744073709551615 and not (`price` <=> cast('1.5' as decimal(65,30))) and `price` is not null) il",
    );
  });

  test('compares also a column that is not read', () => {
    const all = [column('a', 'text'), column('active', 'tinyint(1)')];
    expect(query(all, { ...orders, where: [{ column: 'active', is: true }] })).toContain('where `active` = 1)');
  });

  test('is cut by whole numbers', () => {
    expect(mysqlJdbc.partition(keyed, { from: ['-5'], to: ['18446744073709551615'] })).toBe(
      'k1 > -5 and k1 <= 18446744073709551615',
    );
    expect(mysqlJdbc.partition(keyed, { from: ['7'] })).toBe('k1 > 7');
    expect(mysqlJdbc.partition(orders, {})).toBe('1=1');
    expect(() => mysqlJdbc.partition(keyed, { from: ['1 or 1=1'] })).toThrow(SyntaxError);
    expect(() => mysqlJdbc.partition(orders, { from: ['1'] })).toThrow('has no such ranges');
  });

  test.each([
    ['int(5) unsigned zerofill', 'cast(`v` as char) as c1, cast(`v` as signed) as n1', 'n1'],
    ['bigint(20) unsigned', 'cast(`v` as char) as c1, cast(`v` as unsigned) as n1', 'n1'],
    ['tinyint(1)', 'cast(`v` as char) as c1, cast(`v` as signed) as n1', 'n1'],
    ['decimal(10,2)', 'cast(`v` as char) as c1, cast(`v` as decimal(10,2)) as n1', 'n1'],
    ['double(10,2)', 'cast(`v` * 1e0 as char) as c1, `v` * 1e0 as n1', 'n1'],
    ['year(4)', 'cast(`v` as char) as c1, cast(`v` as signed) as n1', 'n1'],
    ['bit(1)', 'cast(`v` + 0 as char) as c1, cast(`v` + 0 as signed) as n1', 'n1 <> 0'],
    ['bit(10)', 'cast(`v` + 0 as char) as c1, cast(`v` + 0 as unsigned) as n1', 'n1'],
  ])('has a value of %s as text and as a value of Spark’s', (type, sql, spark) => {
    expect(query([column('v', type)])).toBe(`(select ${sql} from \`shop\`.\`Orders\`) il`);
    expect(mysqlJdbc.typedAs(column('v', type), 'n1')).toBe(spark);
  });

  test.each([
    ['date', 'date_from_unix_date(cast(n1 as int))', "datediff(`v`, '1970-01-01')"],
    ['datetime(6)', 'cast(timestamp_micros(n1) as timestamp_ntz)', "timestampdiff(microsecond, '1970-01-01', `v`)"],
    ['timestamp', 'timestamp_micros(n1)', "timestampdiff(microsecond, '1970-01-01', `v`)"],
  ])('has a %s as a number, and an error for one that no calendar has', (type, spark, sql) => {
    expect(mysqlJdbc.typedAs(column('v', type), 'n1')).toBe(spark);
    expect(query([column('v', type)])).toContain(`, ~0 + octet_length(\`v\`), ${sql}) as signed) as n1`);
  });

  test.each([
    ['varchar(5)', '`v`'],
    ['longtext', '`v`'],
    ['json', '`v`'],
    ['char(5)', 'cast(`v` as char)'],
    ["enum('a','b')", 'cast(`v` as char)'],
    ["set('a','b')", 'cast(`v` as char)'],
    ['time(3)', 'cast(`v` as char)'],
    ['uuid', 'cast(`v` as char)'],
    ['decimal(65,30)', 'cast(`v` as char)'],
    [
      'point',
      "if(octet_length(`v`) * 2 + 2 > @@max_allowed_packet, ~0 + octet_length(`v`), concat('\\\\x', lower(hex(`v`))))",
    ],
  ])('has a value of %s as text only', (type, sql) => {
    expect(query([column('v', type)])).toBe(`(select ${sql} as c1 from \`shop\`.\`Orders\`) il`);
    expect(mysqlJdbc.typedAs(column('v', type), 'n1')).toBeUndefined();
  });
});
