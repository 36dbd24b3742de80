import { describe, expect, test } from '@jest/globals';
import { sourceEngineOf } from '../../src/databases/source-engines.ts';
import type { Counting, TableSurvey } from '../../src/model.ts';
import { countingOf } from '../../src/plan/counting.ts';
import { checkedRequest } from '../request/requests.ts';
import { column, table } from './surveys.ts';

const EMPLOYEES = table('hr.employees', [
  column('id'),
  column('name', 'text'),
  column('active', 'boolean'),
  column('pay', 'numeric(10,2)'),
  column('ratio', 'double precision'),
]);

function counting(
  transform: object,
  { script, asked, employees = EMPLOYEES }: { script?: string; asked?: object; employees?: TableSurvey } = {},
): Counting | undefined {
  const request = checkedRequest({
    source: { engine: 'postgres', connection: 'hr/db', tables: [{ name: 'hr.employees', ...asked }, 'hr.departments'] },
    transform: { 'hr.employees': transform, ...(script !== undefined && { script }) },
  });
  return countingOf(request, employees, sourceEngineOf('postgres'));
}

const active = { column: 'active', is: '=', value: { truth: true } };

describe('the number of rows after a transformation', () => {
  test.each([
    [{}],
    [{ rename: { name: 'n' }, drop: ['pay'] }],
    [{ cast: { id: 'string' }, derive: { n: 'upper(name)' }, mask: ['pay'] }],
  ])('of %j is that before it', (transform) => {
    expect(counting(transform)).toBeUndefined();
  });

  test('of another table is of no matter', () => {
    const request = checkedRequest({ transform: { 'hr.departments': { filter: 'id > 5' } } });
    expect(countingOf(request, EMPLOYEES, sourceEngineOf('postgres'))).toBeUndefined();
  });

  test.each<[object, object]>([
    [{ filter: 'active' }, { filter: active }],
    [{ deduplicate: { key: ['name', 'id'], keep: 'ratio desc' } }, { distinct: ['name', 'id'] }],
    [
      { filter: 'active', deduplicate: { key: ['name'] } },
      { filter: active, distinct: ['name'] },
    ],
  ])('of %j is counted by the source', (transform, how) => {
    expect(counting(transform)).toEqual({ by: 'source', ...how });
  });

  test.each<[object, string, boolean]>([
    [{ filter: "name like 'A%'" }, 'the filter uses like', true],
    [
      { filter: 'ratio > 1.5' },
      'the filter compares ratio, double precision, which Spark and the source may compare differently',
      true,
    ],
    [
      { deduplicate: { key: ['name', 'ratio'] } },
      'of deduplicate: Spark and the source may tell values of ratio, double precision, apart differently',
      false,
    ],
    [{ filter: 'active', deduplicate: { key: ['nobody'] } }, 'of deduplicate: nobody is no column of the table', false],
    [{ filter: 'active is true', deduplicate: { key: ['name'] } }, 'the filter uses true', false],
  ])('of %j is known from the job, and why', (transform, why, readsExactly) => {
    expect(counting(transform)).toEqual({ by: 'job', why, readsExactly });
  });

  test('is known from the job when there is a script, also of tables without steps of their own', () => {
    const byJob = { by: 'job', why: 'a script decides it', readsExactly: false };
    expect(counting({ filter: 'active' }, { script: 's3://bucket/transform.py' })).toEqual(byJob);
    expect(counting({}, { script: 's3://bucket/transform.py' })).toEqual(byJob);
  });

  test('is known from the job when the filter names a column that is not read: the job will say so', () => {
    expect(counting({ filter: 'active' }, { asked: { columns: ['id', 'name'] } })).toMatchObject({
      by: 'job',
      why: 'the filter says active, which is no column of the table',
    });
  });

  test('is known from the job when telling rows apart would take the source too long', () => {
    const employees = { ...EMPLOYEES, estimatedBytes: 20e9 };
    expect(counting({ filter: 'active' }, { employees })).toMatchObject({ by: 'source' });
    expect(counting({ deduplicate: { key: ['name'] } }, { employees })).toMatchObject({
      by: 'job',
      why: 'of deduplicate: the table is too big to be counted so in one go',
    });
  });
});
