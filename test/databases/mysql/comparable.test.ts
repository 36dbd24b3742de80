import { describe, expect, test } from '@jest/globals';
import { findIncomparable } from '../../../src/databases/mysql/comparable.ts';
import { column } from '../../plan/surveys.ts';

const obstacle = (type: string, value: unknown) => findIncomparable('shop.orders', column('a', type), value);

describe('the values of conditions on a MySQL source', () => {
  test.each([
    ['int(11)', 5],
    ['int unsigned', '4294967295'],
    ['bigint(20)', '-9223372036854775808'],
    ['bigint unsigned', '18446744073709551615'],
    ['tinyint(1)', true],
    ['year(4)', 1999],
    ['decimal(10,2)', '1.50'],
    ['decimal(10,2)', -3],
    ['date', '2026-01-31'],
    ['datetime', '2026-01-31'],
    ['timestamp(3)', '2026-01-31 10:11:12.123'],
    ['varchar(10)', '5'],
    ["enum('a','b')", 'a'],
  ])('%s is compared with %j', (type, value) => {
    expect(obstacle(type, value)).toBeUndefined();
  });

  test.each([
    ['int(11)', 'abc'],
    ['int(11)', '1.5'],
    ['int(11)', true],
    ['int unsigned', -1],
    ['tinyint(4)', 128],
    ['tinyint(4)', true],
    ['bigint unsigned', '18446744073709551616'],
    ['decimal(10,2)', '1e3'],
    ['date', '2026-13-01'],
    ['date', '31.1.2026'],
    ['datetime', 'yesterday'],
    ['varchar(10)', true],
  ])('%s is not compared with %j, of which MySQL would make something', (type, value) => {
    expect(obstacle(type, value)).toMatchObject({ wrong: `a of shop.orders is ${type}, and this is no value of it` });
  });

  test.each(['double', 'float', 'blob', 'json', 'bit(1)', 'time', "set('a','b')"])(
    'nothing is compared with a %s',
    (type) => {
      expect(obstacle(type, 'x')).toMatchObject({ wrong: expect.stringContaining('which is not compared here') });
    },
  );
});
