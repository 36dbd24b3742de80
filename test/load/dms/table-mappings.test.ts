import { describe, expect, test } from '@jest/globals';
import { tableMappings } from '../../../src/load/dms/settings/table-mappings.ts';
import type { Plan } from '../../../src/model.ts';
import { column } from '../../plan/surveys.ts';
import { fitInput, GIGABYTE, type PlanCase, type TableCase } from './plans.ts';

type Rule = Record<string, unknown>;

function rulesOf(given: PlanCase): Rule[] {
  const { request, survey, tables } = fitInput(given);
  const mappings = JSON.parse(tableMappings({ request, survey, plan: { tables } as Plan })) as { rules: Rule[] };
  return mappings.rules;
}

function rules(given: PlanCase, type: string): Rule[] {
  return rulesOf(given)
    .filter((rule) => rule['rule-type'] === type)
    .map(({ 'rule-id': _id, 'rule-name': _name, 'rule-type': _type, ...rest }) => rest);
}

const only = (given: TableCase): PlanCase => ({ tables: [given] });
const employees = { 'schema-name': 'hr', 'table-name': 'employees' };

test('each table is selected by its own name, without quotes, and no other', () => {
  const tables = [{}, { source: 'hr."Job %Titles"' }, { source: '"Über".log_old' }];
  expect(rules({ tables }, 'selection')).toEqual([
    { 'rule-action': 'explicit', 'object-locator': employees },
    { 'rule-action': 'explicit', 'object-locator': { 'schema-name': 'hr', 'table-name': 'Job %Titles' } },
    { 'rule-action': 'explicit', 'object-locator': { 'schema-name': 'Über', 'table-name': 'log_old' } },
  ]);
});

test('every rule has an id and a name of its own', () => {
  const all = rulesOf({
    tables: [
      {
        target: 'public.staff',
        columns: [column('id'), column('mail'), column('ssn')],
        loaded: { id: 'id', mail: 'email' },
        into: [column('id'), column('email')],
      },
      {
        source: 'hr.log',
        target: 'public.log',
        key: null,
        columns: [column('what', 'text')],
        more: { largestLobBytes: 9 },
      },
    ],
  });
  expect(all).toHaveLength(7);
  for (const name of ['rule-id', 'rule-name']) expect(new Set(all.map((rule) => rule[name])).size).toBe(all.length);
  for (const rule of all) expect(rule['rule-id']).toMatch(/^\d+$/);
});

test('a condition becomes a filter, which only "include" applies, where _ must be told from a wildcard', () => {
  const given = only({
    source: 'h_r.all_employees',
    where: [
      { column: 'id', atLeast: 5 },
      { column: 'id', isNot: 7 },
    ],
  });
  expect(rules(given, 'selection')).toEqual([
    {
      'rule-action': 'include',
      'object-locator': { 'schema-name': 'h[_]r', 'table-name': 'all[_]employees' },
      filters: [
        {
          'filter-type': 'source',
          'column-name': 'id',
          'filter-conditions': [{ 'filter-operator': 'gte', value: '5' }],
        },
        {
          'filter-type': 'source',
          'column-name': 'id',
          'filter-conditions': [{ 'filter-operator': 'noteq', value: '7' }],
        },
      ],
    },
  ]);
});

describe('names that change', () => {
  test('a schema is renamed once for all of its tables', () => {
    const tables = [{ target: 'public.employees' }, { source: 'hr.titles', target: 'public.titles' }];
    expect(rules({ tables }, 'transformation')).toEqual([
      { 'rule-target': 'schema', 'rule-action': 'rename', 'object-locator': { 'schema-name': 'hr' }, value: 'public' },
    ]);
  });

  test('a table, and columns by their names in the source', () => {
    const given = only({
      target: 'hr."Staff"',
      columns: [column('id'), column('mail'), column('ssn'), column('pin')],
      into: [column('id'), column('email')],
      loaded: { id: 'id', mail: 'email' },
    });
    const at = (name: string) => ({ ...employees, 'column-name': name });
    expect(rules(given, 'transformation')).toEqual([
      { 'rule-target': 'table', 'rule-action': 'rename', 'object-locator': employees, value: 'Staff' },
      { 'rule-target': 'column', 'rule-action': 'rename', 'object-locator': at('mail'), value: 'email' },
      { 'rule-target': 'column', 'rule-action': 'remove-column', 'object-locator': at('ssn') },
      { 'rule-target': 'column', 'rule-action': 'remove-column', 'object-locator': at('pin') },
    ]);
  });

  test('nothing is said of what stays as it is', () => {
    expect(rules({}, 'transformation')).toEqual([]);
    expect(rules({}, 'table-settings')).toEqual([]);
  });
});

describe('big tables', () => {
  const quantiles = Array.from({ length: 99 }, (_, index) => [String((index + 1) * 10)]);
  const big = (more: TableCase = {}): TableCase => ({
    ...more,
    more: { estimatedBytes: 100 * GIGABYTE, keyQuantiles: quantiles, ...more.more },
  });
  const segments = (given: PlanCase) =>
    (rules(given, 'table-settings')[0]?.['parallel-load'] ?? {}) as { columns?: string[]; boundaries?: string[][] };

  test('are read in as many segments as there may be connections, of about equal size', () => {
    expect(rules(only(big()), 'table-settings')).toEqual([
      {
        'object-locator': employees,
        'parallel-load': { type: 'ranges', columns: ['id'], boundaries: [['250'], ['500'], ['750']] },
      },
    ]);
  });

  test('are cut no finer than DMS reads at once', () => {
    const limits = { maxSourceConnections: 64, deadlineMinutes: 20_160 };
    const { boundaries } = segments({ ...only(big()), request: { limits } });
    expect(boundaries).toHaveLength(48);
    expect(new Set(boundaries!.map(String)).size).toBe(48);
  });

  test('with a key of several integers are cut by all of them', () => {
    const columns = [column('a', 'smallint'), column('b', 'bigint')];
    const keyQuantiles = [
      ['1', '5'],
      ['1', '5'],
      ['1', '9'],
      ['2', '1'],
    ];
    expect(segments(only(big({ columns, key: ['a', 'b'], more: { keyQuantiles } })))).toMatchObject({
      columns: ['a', 'b'],
      boundaries: [
        ['1', '5'],
        ['1', '9'],
        ['2', '1'],
      ],
    });
  });

  test.each<[string, TableCase]>([
    ['a key of text, whose order DMS may see otherwise', big({ columns: [column('id', 'character varying(9)')] })],
    ['no key', big({ key: null })],
    ['a size that one thread reads soon', big({ more: { estimatedBytes: GIGABYTE } })],
    ['no known parts', big({ more: { keyQuantiles: [] } })],
  ])('with %s are read in one piece', (_case, given) => {
    expect(segments(only(given))).toEqual({});
  });
});

test('large objects that must come with their row have a limit four times over what was measured, and twice that', () => {
  const limit = (largestLobBytes: number) =>
    rules(only({ columns: [column('what', 'text')], key: null, more: { largestLobBytes } }), 'table-settings')[0]![
      'lob-settings'
    ];
  expect(limit(1)).toEqual({ mode: 'limited', 'bulk-max-size': '64' });
  expect(limit(100 * 1024)).toEqual({ mode: 'limited', 'bulk-max-size': '800' });
  expect(limit(20 * 1024 * 1024)).toEqual({ mode: 'limited', 'bulk-max-size': '102400' });
});
