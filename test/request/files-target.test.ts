import { describe, expect, test } from '@jest/globals';
import { filesOf } from '../../src/request/files-target.ts';

describe("the folder of a table's files", () => {
  test("stands below the target's address, with or without a slash at its end", () => {
    expect(filesOf({ uri: 's3://warehouse/mailer' }, 'hr.employees')).toBe('s3://warehouse/mailer/hr.employees/');
    expect(filesOf({ uri: 's3://warehouse/mailer/' }, 'hr.employees')).toBe('s3://warehouse/mailer/hr.employees/');
    expect(filesOf({ uri: 's3://warehouse' }, 'hr.employees')).toBe('s3://warehouse/hr.employees/');
  });

  test('is made of letters, digits and few signs, whatever the table is called', () => {
    const folder = filesOf({ uri: 's3://warehouse' }, '"Hr dept"."a/b.c~%é"');
    expect(folder).toBe('s3://warehouse/Hr~20dept.a~2fb~2ec~7e~25~c3~a9/');
  });

  test('never begins with a sign that hides it from readers', () => {
    expect(filesOf({ uri: 's3://warehouse' }, '_hr._log_1')).toBe('s3://warehouse/~5fhr.~5flog_1/');
  });

  test("differs for tables whose names differ, also where a sign's replacement stands in one", () => {
    const names = [
      '"a.b".c',
      'a."b.c"',
      '"a~2eb".c',
      'hr.employees',
      '"HR".employees',
      '_hr.employees',
      'hr."employees "',
    ];
    const folders = names.map((name) => filesOf({ uri: 's3://warehouse' }, name));
    expect(new Set(folders).size).toBe(names.length);
  });
});
