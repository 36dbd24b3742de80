import { describe, expect, test } from '@jest/globals';
import { parseTableName, parseWildcard, writeTableName, writeWildcard } from '../../src/request/table-name.ts';

describe('table names', () => {
  const cases = [
    ['hr.employees', 'hr', 'employees'],
    ['hr."Employees"', 'hr', 'Employees'],
    ['"My Schema"."a.b"', 'My Schema', 'a.b'],
    ['"say ""hi"""."$x"', 'say "hi"', '$x'],
    ['public.order', 'public', 'order'],
    ['hr.a$1', 'hr', 'a$1'],
    ['hr."*"', 'hr', '*'],
  ] as const;

  test.each(cases)('%s is read into its parts', (text, schema, table) => {
    expect(parseTableName(text)).toEqual({ schema, table });
  });

  test.each(cases.map(([text]) => text))('%s survives being written and read again', (text) => {
    const name = parseTableName(text)!;
    expect(parseTableName(writeTableName(name))).toEqual(name);
  });

  test('quotes that are not needed go away, so one table has one name', () => {
    expect(writeTableName(parseTableName('"hr"."employees"')!)).toBe('hr.employees');
  });

  test.each([
    'employees',
    'HR.Employees',
    'hr.',
    '.employees',
    'a.b.c',
    'hr.emp loyees',
    'hr."open',
    'hr.""',
    'hr.*',
    '',
    'hr.a;drop',
  ])('%s is no table name', (text) => {
    expect(parseTableName(text)).toBeUndefined();
  });

  test('a wildcard means a schema, and a quoted star means a table', () => {
    expect(parseWildcard('hr.*')).toBe('hr');
    expect(parseWildcard('"My Schema".*')).toBe('My Schema');
    expect(parseWildcard('hr."*"')).toBeUndefined();
    expect(parseWildcard('*.*')).toBeUndefined();
    expect(writeWildcard('My Schema')).toBe('"My Schema".*');
  });
});
