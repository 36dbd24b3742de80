import { describe, expect, test } from '@jest/globals';
import { parseRequest } from '../../src/request/parse.ts';
import { overlap, plannedLockTargets, requestedLockTargets } from '../../src/store/lock-targets.ts';

function request(tables: unknown[], renamed: Record<string, string> = {}, connection: unknown = 'mailer/database') {
  return parseRequest({
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'hr/database', tables },
    target: { engine: 'postgres', connection, tables: renamed },
  });
}

describe('what a request locks', () => {
  test.each<[string, unknown[], Record<string, string>, string[]]>([
    ['a table under its own name', ['hr.employees', { name: 'hr.titles' }], {}, ['hr.employees', 'hr.titles']],
    ['a table under its new name', ['hr.employees'], { 'hr.employees': 'public.staff' }, ['public.staff']],
    ['a table moved with its schema', ['hr.employees'], { 'hr.*': 'public.*' }, ['public.employees']],
    ['a schema', ['hr.*'], {}, ['hr.*']],
    ['a schema that is moved', ['hr.*'], { 'hr.*': 'public.*' }, ['public.*']],
    ['a schema with a table that goes elsewhere', ['hr.*'], { 'hr.a': 'public.b' }, ['hr.*', 'public.b']],
    ['a name with quotes that it does not need', ['"hr".employees'], { 'hr."employees"': '"public".e' }, ['public.e']],
    ['a name with signs', ['hr."Tab le"'], { 'hr.*': '"Pub.lic".*' }, ['"Pub.lic"."Tab le"']],
  ])('%s', (_what, tables, renamed, expected) => {
    expect(requestedLockTargets(request(tables, renamed))).toEqual(expected.map((table) => `mailer/database ${table}`));
  });

  test('the same secret with another host beside it may be the same database', () => {
    const [plain] = requestedLockTargets(request(['hr.a']));
    expect(requestedLockTargets(request(['hr.a'], {}, { secret: 'mailer/database', host: 'replica' }))).toEqual([
      plain,
    ]);
  });

  test("each table's folder, and what the folders of a schema begin with", () => {
    const { target: _target, ...rest } = request(['hr.a', 'pay.*']);
    const files = { ...rest, target: { engine: 's3' as const, uri: 's3://warehouse/mailer/' } };
    expect(requestedLockTargets(files)).toEqual(['s3 s3://warehouse/mailer/hr.a/', 's3 s3://warehouse/mailer/pay.']);
  });

  test('a replay locks the live topics, by whatever tables', () => {
    const topics = { brokers: 'kafka/brokers', tables: { 'hr.a': 'live.a', 'hr.b': 'live.b' } };
    const { target: _target, ...rest } = request(['hr.a', 'hr.b']);
    const replay = { ...rest, strategy: 'replay' as const, topics: { ...topics, declared: [] } };
    expect(requestedLockTargets(replay)).toEqual(['kafka/brokers live.a', 'kafka/brokers live.b']);
  });

  test('a load that only writes to topics of its own locks nothing', () => {
    const { target: _target, ...rest } = request(['hr.a']);
    expect(requestedLockTargets(rest)).toEqual([]);
  });
});

describe('what a plan locks', () => {
  const address = { host: 'db.internal', port: 5432, database: 'mailer' };

  test('the database itself, whatever reference led to it', () => {
    const lower = plannedLockTargets(address, ['public.employees']);
    expect(plannedLockTargets({ ...address, host: 'DB.internal' }, ['public.employees'])).toEqual(lower);
    expect(plannedLockTargets({ ...address, port: 5433 }, ['public.employees'])).not.toEqual(lower);
    expect(plannedLockTargets({ ...address, database: 'other' }, ['public.employees'])).not.toEqual(lower);
  });

  test('and does not tell where that is', () => {
    expect(JSON.stringify(plannedLockTargets(address, ['public.employees']))).not.toContain('internal');
  });
});

test.each([
  ['p hr.*', 'p hr.employees', true],
  ['p hr.employees', 'p hr.*', true],
  ['p hr.*', 'p hr.*', true],
  ['p "hr.*".a', 'p hr.*', false],
  ['p hr."*"', 'p hr.a', false],
  ['p hr.*', 'q hr.*', false],
  ['p hr.a b', 'p hr.a', false],
  ['s3 s3://b/x/hr.a/', 's3 s3://b/x/hr.a/', true],
  ['s3 s3://b/x/hr.a/', 's3 s3://b/x/hr.b/', false],
  ['s3 s3://b/x/hr.a/', 's3 s3://b/x/hr.ab/', false],
  ['s3 s3://b/x/hr.', 's3 s3://b/x/hr.a/', true],
  ['s3 s3://b/x/hr.a/', 's3 s3://b/x/hr.a/hr.c/', true],
])('%s and %s overlap: %s', (one, other, expected) => {
  expect(overlap(one, other)).toBe(expected);
});
