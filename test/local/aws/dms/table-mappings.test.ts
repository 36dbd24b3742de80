import { expect, test } from '@jest/globals';
import { chooseTables } from '../../../../local/aws/dms/chosen-tables.ts';
import { readSettings } from '../../../../local/aws/dms/replication-settings.ts';
import { matches, readTableMappings } from '../../../../local/aws/dms/table-mappings.ts';
import { tableMappings } from '../../../../src/load/dms/settings/table-mappings.ts';
import type { Plan } from '../../../../src/model.ts';
import { fitInput } from '../../../load/dms/plans.ts';

test.each<[pattern: string, means: string[], otherThan: string[]]>([
  ['%', ['a', ''], []],
  ['a%c', ['ac', 'abbc'], ['abb']],
  ['a_c', ['abc', 'a_c'], ['ac', 'abbc']],
  ['a[_]c', ['a_c'], ['abc', 'a[_]c']],
  ['[ab]1', ['a1', 'b1'], ['c1']],
  ['[a-d]1', ['c1'], ['e1', '-1']],
  ['a.b(c)', ['a.b(c)'], ['axb(c)']],
])('the wildcards of %s are those of the user guide', (pattern, means, otherThan) => {
  expect(means.filter((name) => !matches(pattern, name))).toEqual([]);
  expect(otherThan.filter((name) => matches(pattern, name))).toEqual([]);
});

test('an explicit rule has no wildcards', () => {
  expect(matches('a_c', 'abc', true)).toBe(false);
  expect(matches('a_c', 'a_c', true)).toBe(true);
});

test('a table with an underscore in its name is found by its rule with a condition, and no other', () => {
  const where = [{ column: 'id', atLeast: 5 }];
  const { request, survey, tables } = fitInput({ tables: [{ source: 'hr.log_old', where }] });
  const mappings = readTableMappings(tableMappings({ request, survey, plan: { tables } as Plan }));
  const there = ['log_old', 'logsold'].map((table) => ({
    schema: 'hr',
    table,
    columns: [{ name: 'id', isNumber: true }],
  }));
  const chosen = chooseTables(mappings, there, readSettings('{}'));
  expect(chosen.map(({ source, filters }) => [source.table, filters.length])).toEqual([['log_old', 1]]);
});
