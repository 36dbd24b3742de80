import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import type { ColumnSurvey, TablePlan, TableSurvey } from '../../src/model.ts';
import { planTables } from '../../src/plan/tables.ts';
import { checkedRequest } from '../request/requests.ts';
import { column, survey, table } from './surveys.ts';

interface Case {
  source: ColumnSurvey[];
  target?: ColumnSurvey[];
  asked?: object;
  transform?: object;
  sourceTable?: Partial<TableSurvey>;
  targetTable?: Partial<TableSurvey>;
}

/** The plan of one table, hr.employees into public.employees. */
function plan({ source, target = source, asked, transform, sourceTable, targetTable }: Case): TablePlan {
  const request = checkedRequest({
    source: { engine: 'postgres', connection: 'env:A', tables: [{ name: 'hr.employees', ...asked }] },
    ...(transform && { transform: { 'hr.employees': transform } }),
  });
  const measured = survey(
    [table('hr.employees', source, { key: ['id'], ...sourceTable })],
    [table('public.employees', target, { key: ['id'], ...targetTable })],
  );
  return planTables(request, measured)[0]!;
}

function refusal(input: Case): RequestError {
  try {
    plan(input);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('The tables were taken.');
}

const id = column('id');
const mail = column('mail', 'text');
const ssn = column('ssn', 'text');

describe('columns that are the same on both sides', () => {
  test('are copied in binary, in the order of the source', () => {
    expect(plan({ source: [id, mail], target: [mail, id] })).toEqual({
      source: 'hr.employees',
      target: 'public.employees',
      columns: [
        { source: 'id', target: 'id' },
        { source: 'mail', target: 'mail' },
      ],
      format: 'binary',
      key: ['id'],
      keyTypes: ['integer'],
      keyIsCollated: false,
      where: [],
      estimatedRows: 100,
      estimatedBytes: 8192,
    });
  });

  test('and a domain over that type are copied in binary too', () => {
    expect(
      plan({ source: [id, mail], target: [id, column('mail', 'hr.mail', { fingerprint: 'domain over text' })] }).format,
    ).toBe('binary');
  });

  test('but whose binary form is bound to one database are copied as text, without a cast', () => {
    const moods = (side: string) =>
      column('moods', 'hr.mood[]', {
        fingerprint: `array of enum ["a"] bound to #${side}`,
        structure: 'array of enum ["a"]',
      });
    const { format, columns } = plan({ source: [id, moods('1')], target: [id, moods('2')] });
    expect(format).toBe('text');
    expect(columns[1]).toEqual({ source: 'moods', target: 'moods' });
  });

  test('of one extension in two versions are copied as text, without a cast', () => {
    const citext = (version: string) => column('mail', 'citext', { fingerprint: `citext of citext ${version}` });
    const { format, columns } = plan({ source: [id, citext('1.6')], target: [id, citext('1.5')] });
    expect(format).toBe('text');
    expect(columns[1]).toEqual({ source: 'mail', target: 'mail' });
  });
});

describe('columns of different types', () => {
  test('are cast when nothing is lost, and the whole table is copied as text', () => {
    const { format, columns } = plan({ source: [id, mail], target: [column('id', 'bigint'), mail] });
    expect(format).toBe('text');
    expect(columns).toEqual([
      { source: 'id', target: 'id', castTo: 'bigint' },
      { source: 'mail', target: 'mail' },
    ]);
  });

  test('are cast to what a domain is over, which the source knows', () => {
    const { columns } = plan({
      source: [id],
      target: [column('id', 'shop.number', { fingerprint: 'domain over bigint' })],
    });
    expect(columns[0]?.castTo).toBe('bigint');
  });

  test('are refused by name when something would be lost, with both types and what to do', () => {
    const error = refusal({ source: [id, column('data', 'json')], target: [id, column('data', 'jsonb')] });
    expect(error.field).toBe('column data of public.employees');
    expect(error.message).toContain('"jsonb"');
    expect(error.message).toContain('data of hr.employees, json, without loss (jsonb keeps neither');
    expect(error.advice).toContain('transform["hr.employees"]');
  });

  test('are refused when two enums of one name have other labels, which are shown', () => {
    const mood = (labels: string) => column('mood', 'hr.mood', { fingerprint: `enum ${labels}` });
    expect(refusal({ source: [id, mood('["a","b"]')], target: [id, mood('["a"]')] }).message).toContain(
      '["a","b"] and ["a"]',
    );
  });

  test('are no matter for a column that the transformation computes', () => {
    const { columns } = plan({ source: [id, ssn], target: [id, column('ssn', 'bytea')], transform: { mask: ['ssn'] } });
    expect(columns).toHaveLength(2);
  });
});

describe('which columns are loaded', () => {
  test('only those that were asked for', () => {
    expect(
      plan({ source: [id, mail, ssn], target: [id, mail], asked: { columns: ['mail', 'id'] } }).columns.map(
        ({ source }) => source,
      ),
    ).toEqual(['id', 'mail']);
  });

  test('not those that the transformation drops, and others under their new names', () => {
    const { columns } = plan({
      source: [id, mail, ssn],
      target: [id, column('email', 'text')],
      transform: { rename: { mail: 'email' }, drop: ['ssn'] },
    });
    expect(columns).toEqual([
      { source: 'id', target: 'id' },
      { source: 'mail', target: 'email' },
    ]);
  });

  test('two may swap their names', () => {
    const { columns } = plan({ source: [id, mail, ssn], transform: { rename: { mail: 'ssn', ssn: 'mail' } } });
    expect(columns.map(({ target }) => target)).toEqual(['id', 'ssn', 'mail']);
  });

  test('a generated one is written where the target computes nothing, and left to the target where it does', () => {
    const computed = column('name', 'text', { generated: true });
    const plain = column('name', 'text');
    expect(plan({ source: [id, computed], target: [id, plain] }).columns).toHaveLength(2);
    expect(plan({ source: [id, computed], target: [id, computed] }).columns).toHaveLength(1);
    expect(plan({ source: [id, plain], target: [id, computed] }).columns).toHaveLength(1);
  });

  test('one that may be NULL goes into one that may not: the constraint will tell', () => {
    expect(plan({ source: [id, { ...mail, nullable: true }], target: [id, mail] }).columns).toHaveLength(2);
  });

  test.each([
    ['nullable', { nullable: true }],
    ['with a default', { hasDefault: true }],
    ['generated', { generated: true }],
    ['an identity', { identity: 'always' as const }],
  ])('a target column that gets nothing may be %s', (_case, more) => {
    expect(plan({ source: [id], target: [id, column('extra', 'text', more)] }).columns).toHaveLength(1);
  });

  test('without a target all of them go as they are', () => {
    const request = checkedRequest({ target: { engine: 's3', uri: 's3://bucket/prefix' } });
    const [planned] = planTables(request, survey([table('hr.employees', [id, mail])]));
    expect(planned).toMatchObject({
      target: 'hr.employees',
      format: 'binary',
      columns: [{ source: 'id' }, { source: 'mail' }],
    });
  });
});

describe('columns that cannot be matched', () => {
  test.each<[string, Case, string, string]>([
    [
      'one that the target lacks',
      { source: [id, mail], target: [id] },
      'column mail of public.employees',
      'no such column for mail of hr.employees',
    ],
    [
      'one that the target calls nearly so',
      { source: [id, column('emial', 'text')], target: [id, column('email', 'text', { nullable: true })] },
      'column emial of public.employees',
      'rename it (to "email"?)',
    ],
    [
      'one that the target needs',
      { source: [id], target: [id, mail] },
      'column mail of public.employees',
      'has no default',
    ],
    [
      'a dropped one that nobody has',
      { source: [id, mail], transform: { drop: ['mial'] } },
      'transform["hr.employees"].drop[0]',
      'Did you mean "mail"?',
    ],
    [
      'a renamed one that nobody has',
      { source: [id, mail], transform: { rename: { x: 'y' } } },
      'transform["hr.employees"].rename.x',
      'Loaded are id, mail',
    ],
    [
      'one both dropped and renamed',
      { source: [id, mail], transform: { drop: ['mail'], rename: { mail: 'email' } } },
      'transform["hr.employees"].rename.mail',
      'no such column',
    ],
    [
      'two of one name',
      { source: [id, mail, ssn], transform: { rename: { ssn: 'mail' } } },
      'transform["hr.employees"].rename',
      'mail and ssn would both become this column',
    ],
    [
      'none at all',
      { source: [id], target: [{ ...id, nullable: true }], transform: { drop: ['id'] } },
      'hr.employees',
      'no column of this table is left',
    ],
  ])('%s', (_case, input, field, part) => {
    const error = refusal(input);
    expect(error.field).toBe(field);
    expect(error.message).toContain(part);
  });
});

describe('the key', () => {
  test('keeps the names of the source when it is renamed', () => {
    const planned = plan({
      source: [id, mail],
      target: [column('number'), mail],
      transform: { rename: { id: 'number' } },
      targetTable: { key: ['number'] },
    });
    expect(planned).toMatchObject({ key: ['id'], keyTypes: ['integer'] });
  });

  test.each<[string, Case]>([
    ['is dropped', { source: [id, mail], target: [mail], transform: { drop: ['id'] } }],
    ['was not asked for', { source: [id, mail], target: [mail], asked: { columns: ['mail'] } }],
    [
      'is loaded only in part',
      {
        source: [id, column('part'), mail],
        target: [id, mail],
        asked: { columns: ['id', 'mail'] },
        sourceTable: { key: ['id', 'part'] },
      },
    ],
    ['is computed by the target', { source: [id, mail], target: [{ ...id, generated: true }, mail] }],
  ])('that %s leaves a table without one', (_case, input) => {
    expect(plan(input)).not.toHaveProperty('key');
    expect(plan(input)).not.toHaveProperty('keyTypes');
  });

  const text = column('id', 'text');
  const uuid = column('id', 'uuid');
  test.each<[string, Case, boolean]>([
    ['numbers', { source: [id] }, false],
    ['numbers that are widened', { source: [id], target: [column('id', 'bigint')] }, false],
    ['numbers without a key in the target', { source: [id], targetTable: { key: ['other'] } }, false],
    ['text that no collation orders on either side', { source: [text] }, false],
    ['text that a collation orders in the source', { source: [text], sourceTable: { keyIsCollated: true } }, true],
    ['text that a collation orders in the target', { source: [text], targetTable: { keyIsCollated: true } }, true],
    ['text of which the target does not tell', { source: [text], targetTable: { key: ['other'] } }, true],
    ['identifiers that become text', { source: [uuid], target: [text] }, true],
  ])('of %s: may the servers sort it differently?', (_case, input, differently) => {
    expect(plan(input).keyIsCollated).toBe(differently);
  });
});

describe('conditions', () => {
  const where = (...conditions: object[]) => ({ columns: ['id', 'mail'], where: conditions });
  const columns = [
    id,
    mail,
    column('active', 'boolean', { nullable: true }),
    column('pay', 'numeric(10,2)', { nullable: true }),
    column('big', 'bigint', { nullable: true }),
  ];

  test.each([
    { column: 'active', is: true },
    { column: 'active', is: 'f' },
    { column: 'active', isNot: null },
    { column: 'id', atLeast: -2_147_483_648 },
    { column: 'big', atMost: '9223372036854775807' },
    { column: 'pay', atLeast: 1.5 },
    { column: 'pay', is: 'NaN' },
    { column: 'mail', is: 5 },
  ])('%j can be asked, also of a column that is not loaded', (condition) => {
    expect(plan({ source: columns, target: [id, mail], asked: where(condition) }).where).toEqual([condition]);
  });

  test.each([
    { column: 'active', is: 'maybe' },
    { column: 'active', is: 2 },
    { column: 'mail', is: true },
    { column: 'id', is: 1.5 },
    { column: 'id', is: 'seven' },
    { column: 'id', atMost: 2_147_483_648 },
    { column: 'big', atMost: '9223372036854775808' },
    { column: 'pay', is: '1,50' },
  ])('%j is refused before the load', (condition) => {
    const error = refusal({ source: columns, target: [id, mail], asked: where({ column: 'id', isNot: 0 }, condition) });
    expect(error.field).toBe('source.tables[0].where[1]');
    expect(error.message).toContain(`cannot be compared with ${condition.column} of hr.employees`);
  });
});
