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

  test.each(['constructor', 'toString', '__proto__'])(
    'keep the name %s, which every object of JavaScript knows',
    (name) => {
      const columns = [id, column(name, 'text')];
      const kept = { source: name, target: name };
      expect(plan({ source: columns, transform: { drop: [] } }).columns[1]).toEqual(kept);
      expect(plan({ source: columns, transform: { rename: { id: 'id' } } }).columns[1]).toEqual(kept);
    },
  );

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
    const transform = { cast: { ssn: 'date' }, mask: ['mail'] };
    const { columns } = plan({ source: [id, ssn, mail], target: [id, column('ssn', 'date'), mail], transform });
    expect(columns.map(({ castTo }) => castTo)).toEqual([undefined, undefined, undefined]);
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

describe('what a transformation computes', () => {
  const name = column('name', 'text', { nullable: true });

  test('may use what is dropped, and take the place of what is renamed', () => {
    const { columns } = plan({
      source: [id, mail, ssn],
      target: [id, column('email', 'text'), mail],
      transform: {
        drop: ['ssn'],
        rename: { mail: 'email' },
        derive: { mail: 'lower(ssn)' },
        deduplicate: { key: ['ssn'] },
      },
    });
    expect(columns.map(({ target }) => target)).toEqual(['id', 'email']);
  });

  test('may be all that is left of a table', () => {
    const all = { drop: ['id', 'mail'], derive: { name: 'mail' } };
    expect(plan({ source: [id, mail], target: [name], transform: all }).columns).toEqual([]);
  });

  test.each([
    ['text', { fingerprint: 'text' }],
    ['varchar without a limit', { fingerprint: 'character varying' }],
    ['varchar(64)', { fingerprint: 'character varying(64)' }],
    ['a domain over varchar(100)', { fingerprint: 'domain over domain over character varying(100)' }],
  ])('masked goes into %s', (_case, more) => {
    const target = [id, column('ssn', 'as it is called', more)];
    expect(plan({ source: [id, ssn], target, transform: { mask: ['ssn'] } }).columns).toHaveLength(2);
  });

  test.each<[string, Case, string, string]>([
    [
      'a hash into what is too short for it',
      {
        source: [id, ssn],
        target: [id, column('ssn', 'character varying(63)')],
        transform: { mask: ['ssn'] },
      },
      'column ssn of public.employees',
      'Make it text or varchar(64) in the target, or leave it out of transform["hr.employees"].mask',
    ],
    [
      'a hash into what is no text',
      { source: [id, ssn], target: [id, column('ssn', 'bytea')], transform: { mask: ['ssn'] } },
      'column ssn of public.employees',
      'the hash that ssn of hr.employees is masked by',
    ],
    [
      'a cast of what nobody has',
      { source: [id, mail], transform: { cast: { mial: 'int' } } },
      'transform["hr.employees"].cast.mial',
      'Did you mean "mail"?',
    ],
    [
      'a mask of what is not loaded',
      { source: [id, mail, ssn], target: [id, mail], asked: { columns: ['id', 'mail'] }, transform: { mask: ['ssn'] } },
      'transform["hr.employees"].mask[0]',
      'Loaded are id, mail',
    ],
    [
      'rows told apart by what nobody has',
      { source: [id, mail], transform: { deduplicate: { key: ['id', 'mial'] } } },
      'transform["hr.employees"].deduplicate.key[1]',
      'Did you mean "mail"?',
    ],
    [
      'a derived column over one that is there',
      { source: [id, mail], transform: { derive: { mail: 'upper(mail)' } } },
      'transform["hr.employees"].derive.mail',
      'mail of hr.employees becomes the column of this name already',
    ],
    [
      'a derived column over one that is renamed to it',
      { source: [id, mail], target: [id, name], transform: { rename: { mail: 'name' }, derive: { name: 'mail' } } },
      'transform["hr.employees"].derive.name',
      'drop or rename mail',
    ],
    [
      'a derived column that the target lacks',
      { source: [id], target: [id, name], transform: { derive: { nam: '1' } } },
      'transform["hr.employees"].derive.nam',
      'or did you mean "name"?',
    ],
    [
      'a derived column that the target computes',
      { source: [id], target: [id, { ...name, generated: true }], transform: { derive: { name: '1' } } },
      'transform["hr.employees"].derive.name',
      'public.employees computes this column by itself',
    ],
  ])('but not %s', (_case, input, field, part) => {
    const error = refusal(input);
    expect(error.field).toBe(field);
    expect(error.message).toContain(part);
  });

  test('goes into files whatever it is', () => {
    const request = checkedRequest({
      target: { engine: 's3', uri: 's3://bucket/prefix' },
      transform: { 'hr.employees': { mask: ['ssn'], derive: { name: '1' } } },
    });
    const [planned] = planTables(request, survey([table('hr.employees', [id, ssn])]));
    expect(planned!.columns).toHaveLength(2);
  });

  test('is not looked for in a table that a wildcard does not find', () => {
    const request = checkedRequest({
      source: { engine: 'postgres', connection: 'env:A', tables: ['hr.*'] },
      transform: { 'hr.emploees': { filter: 'true' } },
    });
    const check = () => planTables(request, survey([table('hr.employees', [id])], [table('hr.employees', [id])]));
    expect(check).toThrow('transform["hr.emploees"]: the source has no such table. Did you mean "hr.employees"?');
  });
});

describe('with a script', () => {
  const script = (target: ColumnSurvey[], transform: object = {}, source: ColumnSurvey[] = [id, mail, ssn]) => {
    const request = checkedRequest({
      source: { engine: 'postgres', connection: 'env:A', tables: ['hr.employees'] },
      transform: { script: 's3://modules/x.py', 'hr.employees': transform },
    });
    const tables = [table('hr.employees', source, { key: ['id'] })];
    return planTables(request, survey(tables, [table('public.employees', target, { key: ['id'] })]))[0]!;
  };

  test('columns need not match: it may drop, make and change what it likes', () => {
    const target = [column('id', 'bigint'), column('ssn', 'bytea'), column('more', 'text')];
    expect(script(target).columns).toEqual([
      { source: 'id', target: 'id', castTo: 'bigint' },
      { source: 'ssn', target: 'ssn' },
    ]);
    expect(script([column('more', 'text')]).columns).toEqual([]);
  });

  test('but what the request itself names must be there', () => {
    expect(() => script([id], { mask: ['snn'] })).toThrow('Did you mean "ssn"?');
  });

  test('the key’s order means nothing in the target, and without a place there it is none', () => {
    expect(script([id, mail, ssn])).toMatchObject({ key: ['id'], keyIsCollated: true });
    expect(script([mail, ssn])).not.toHaveProperty('key');
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
    [
      'numbers that are cast',
      { source: [id], target: [column('id', 'date')], transform: { cast: { id: 'date' } } },
      true,
    ],
    ['numbers that are masked', { source: [id], target: [text], transform: { mask: ['id'] } }, true],
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
