import { expect, test } from '@jest/globals';
import { findSignalObstacle } from '../../../../src/load/replay/signal/obstacle.ts';
import type { FitInput } from '../../../../src/load/strategy.ts';

function input(table: object, surveyed: object = {}, request: object = {}): FitInput {
  const planned = {
    source: 'hr.people',
    key: ['id'],
    keyTypes: ['bigint'],
    columns: [{}],
    estimatedRows: 10,
    ...table,
  };
  return {
    request: { topics: { tables: { [planned.source]: 'live' } }, ...request },
    survey: { source: { tables: [{ name: planned.source, kind: 'table', columns: [{}], ...surveyed }] } },
    tables: [planned],
    invocationSeconds: 900,
  } as unknown as FitInput;
}

test('tables with a plain name and key can be asked for', () => {
  expect(findSignalObstacle(input({}))).toBeUndefined();
  const types = ['smallint', 'integer', 'uuid', 'text', 'character varying(20)', 'boolean'];
  expect(findSignalObstacle(input({ key: types, keyTypes: types }))).toBeUndefined();
});

test.each<[object, object, object, RegExp]>([
  [{}, {}, { transform: { 'hr.people': { drop: ['ssn'] } } }, /has a transformation/],
  [{}, {}, { topics: { tables: {} } }, /^hr.people: topics.tables names no live topic/],
  [{ key: undefined, keyTypes: undefined }, {}, {}, /has no key/],
  [{}, { kind: 'partitioned' }, {}, /is partitioned/],
  [{ source: 'hr."a$b"' }, {}, {}, /signs that mean something else/],
  [{ keyTypes: ['numeric(10,2)'] }, {}, {}, /a key of type numeric\(10,2\) depends on its settings/],
  [{}, { columns: [{}, {}] }, {}, /leaves columns out/],
  [{ estimatedRows: 20_000 * 900 + 1 }, {}, {}, /more rows than can be looked for/],
])('%j %j %j: refused', (table, surveyed, request, reason) => {
  expect(findSignalObstacle(input(table, surveyed, request))).toMatch(reason);
});
