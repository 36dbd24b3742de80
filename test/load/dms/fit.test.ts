import { describe, expect, test } from '@jest/globals';
import { fit } from '../../../src/load/dms/fit.ts';
import type { Offer } from '../../../src/load/strategy.ts';
import type { ColumnSurvey } from '../../../src/model.ts';
import type { Condition } from '../../../src/request/schema.ts';
import { column } from '../../plan/surveys.ts';
import { deployment, fitInput, GIGABYTE, type PlanCase, type TableCase } from './plans.ts';

function reason(given: PlanCase): string {
  const answer = fit(fitInput(given));
  return answer.fits ? 'fits' : answer.reason;
}

function offer(given: PlanCase): Offer {
  const answer = fit(fitInput(given));
  if (!answer.fits) throw new Error(answer.reason);
  return answer;
}

const source = (fields: object) => ({
  request: { source: { engine: 'postgres', connection: 'hr/source', tables: ['hr.employees'], ...fields } },
});
const target = (fields: object) => ({
  request: { target: { engine: 'postgres', connection: 'mailer/target', ...fields } },
});
const transform = (steps: object) => ({ request: { transform: { 'hr.employees': steps } } });
const topics = { brokers: 'env:K', tables: { 'hr.employees': 'x' } };
const { assessmentBucket: _, ...withoutBucket } = deployment.dms;

describe('DMS refuses what it can not reach, or what can not be proved', () => {
  test.each<[string, PlanCase, string]>([
    [
      'topics only, since DMS marks no records, and a SASL password would stand in the call',
      { request: { target: undefined, topics } },
      'Brokers that ask for SASL',
    ],
    ['files', { request: { target: { engine: 's3', uri: 's3://bucket/prefix' } } }, 'not to S3'],
    ['a direction of which nobody knows what arrives', target({ engine: 'mysql' }), 'from postgres in mysql'],
    ['an engine that is not counted', { source: { engine: 'oracle' } }, 'from oracle in postgres'],
    [
      'an upsert, because it inserts only',
      { request: { ...target({ ifNotEmpty: 'upsert' }).request, onFailure: 'keep' } },
      'DMS inserts rows and writes over none',
    ],
    [
      'a deployment that nobody set up for it, saying what to set',
      { deployment: { name: 'test' } },
      'DMS_ACCESS_ROLE_ARN',
    ],
    [
      'an assessment that would have no bucket for its results',
      { request: { dms: { assessment: true } }, deployment: { name: 'test', dms: withoutBucket } },
      'DMS_ASSESSMENT_BUCKET',
    ],
    [
      'an environment variable as the source',
      source({ connection: 'env:SOURCE_URL' }),
      'source.connection: DMS reads credentials from Secrets Manager only',
    ],
    [
      'a parameter as the target',
      target({ connection: 'ssm:/target' }),
      'target.connection: DMS reads credentials from Secrets Manager only',
    ],
    [
      'a host beside the secret, since DMS takes the host from the secret alone',
      source({ connection: { secret: 'hr/source', host: 'db' } }),
      'the request gives a host beside it',
    ],
    [
      'a port beside the secret',
      target({ connection: { secret: 'hr/target', port: 5433 } }),
      'target.connection: DMS takes host and port from the secret, and the request gives a port',
    ],
    [
      'a connection that verifies certificates, for which it would need an imported one',
      { source: { tls: 'verify' } },
      'source.connection: it asks to verify',
    ],
    [
      'TLS without verification where the engine has no such mode',
      { source: { engine: 'mysql' } },
      'DMS encrypts connections to mysql only when it verifies',
    ],
    ['a script', { request: { transform: { script: 's3://bucket/x.py' } } }, 'transform.script'],
    ['a derived column', transform({ derive: { a: '1' } }), 'not derive (transform["hr.employees"])'],
    ['masked columns', transform({ mask: ['name'] }), 'not mask'],
  ])('%s', (_case, given, part) => {
    expect(reason(given)).toContain(part);
  });

  test('no table at all', () => {
    expect(fit({ ...fitInput(), tables: [] })).toEqual({ fits: false, reason: 'there is no table to load' });
  });

  test('a connection of which it is unknown whether it asks for TLS', () => {
    const input = fitInput();
    delete input.survey.target!.tls;
    expect(fit(input)).toEqual({ fits: false, reason: expect.stringContaining('asks for TLS is unknown') });
  });
});

const only = (given: TableCase): PlanCase => ({ tables: [given] });
const typed = (type: string, more: Partial<ColumnSurvey> = {}): PlanCase =>
  only({ columns: [column('id'), column('value', type, more)] });

describe('DMS refuses tables that it would not load exactly', () => {
  test.each<[string, PlanCase, string]>([
    [
      'a partitioned table, whose rows it finds in parent and partitions',
      only({ more: { kind: 'partitioned' } }),
      'hr.employees is partitioned',
    ],
    [
      'a table from which others inherit, whose rows it would read with it',
      only({ more: { inheritedBy: ['hr.managers'] } }),
      'hr.managers inherits from hr.employees',
    ],
    [
      'a target with a generated column, even where nothing is loaded into it',
      only({
        into: [column('id'), column('name', 'character varying(100)'), column('twice', 'integer', { generated: true })],
      }),
      'twice of the target hr.employees is generated',
    ],
    [
      'an identity that is always generated, which plain inserts can not fill',
      only({ into: [column('id', 'integer', { identity: 'always' }), column('name', 'text')] }),
      'id of the target hr.employees is GENERATED ALWAYS',
    ],
    [
      'the tables of one schema for two, since it renames schemas as a whole',
      { tables: [{ target: 'a.employees' }, { source: 'hr.departments', target: 'b.departments' }] },
      'the tables of hr go into a and b',
    ],
    ['a wildcard in a name', only({ source: 'hr."50%"' }), 'rules read as wildcards'],
    ['a bracket in the name of a schema', only({ source: '"[hr]".employees' }), 'rules read as wildcards'],
    [
      'names that differ in case only',
      { tables: [{}, { source: 'hr."Employees"' }] },
      'hr.employees and hr."Employees" differ in nothing but the case',
    ],
    [
      'a new name for a table whose rule would meet another table',
      { tables: [{ source: 'hr.a_b', target: 'hr.c' }, { source: 'hr.axb' }] },
      'would rename in hr.axb too',
    ],
    [
      'a new name for a schema whose rule would meet another schema',
      { tables: [{ source: 'h_r.a', target: 'public.a' }, { source: 'hxr.b' }] },
      'renames the schema h_r would rename that of hxr.b too',
    ],
    [
      'a column to leave out whose rule would meet another column',
      only({ columns: [column('id'), column('a_b'), column('axb')], loaded: { id: 'id', axb: 'axb' } }),
      'a rule for the column a_b of hr.employees would take axb too',
    ],
    [
      'a column to rename with signs that its rules do not take',
      only({
        columns: [column('id'), column('e-mail')],
        loaded: { id: 'id', 'e-mail': 'mail' },
        into: [column('id'), column('mail')],
      }),
      'has a column "e-mail", which its rules can neither rename nor remove',
    ],
  ])('%s', (_case, given, part) => {
    expect(reason(given)).toContain(part);
  });
});

describe('DMS takes only types whose values arrive unchanged', () => {
  test.each(
    // What the demo and the contract's tables are made of, and the rest of AWS's list.
    (
      'smallint,integer,bigint,numeric(10;2),numeric(38;0),real,double precision,boolean,date,character(3),uuid,cidr,bytea,text,' +
      'character varying(21845),timestamp without time zone,timestamp(3) without time zone,time without time zone,' +
      'timestamp with time zone,timestamp(3) with time zone'
    )
      .split(',')
      .map((type) => type.replace(';', ',')),
  )('%s goes over', (type) => {
    expect(reason(typed(type, { nullable: true }))).toBe('fits');
  });

  test.each([
    ['numeric, which becomes numeric(28,6)', 'numeric'],
    ['more digits than 38', 'numeric(39,2)'],
    ['a negative scale', 'numeric(3,-2)'],
    ['varchar without a length', 'character varying'],
    ['varchar beyond what stays a varchar', 'character varying(21846)'],
    ['a range', 'daterange'],
    ['an array', 'integer[]'],
    ['json, of which it says that long ones fail', 'json'],
    ['jsonb', 'jsonb'],
    ['xml', 'xml'],
    ['an interval', 'interval'],
    ['a time with a zone', 'time with time zone'],
    ['money', 'money'],
    ['an address', 'inet'],
    ['bits', 'bit(3)'],
    ["an enum, a domain, or another type of the source's own", 'hr.mood'],
    ['what has no name here', 'textual'],
  ])('%s is refused', (_case, type) => {
    expect(reason(typed(type, { nullable: true }))).toContain(
      `value of hr.employees is ${type}: AWS does not say that its values arrive unchanged`,
    );
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['another time zone in the source', 'Europe/Berlin', 'UTC'],
    ['another time zone in the target', 'UTC', 'America/New_York'],
    ['the same time zone on both sides, whose clocks go back once a year', 'Europe/Berlin', 'Europe/Berlin'],
    ['an unknown time zone', undefined, 'UTC'],
  ])('a time with a zone is refused for %s, since it travels without', (_case, from, into) => {
    const input = fitInput(typed('timestamp with time zone'));
    Object.assign(input.survey.source, { timeZone: from });
    Object.assign(input.survey.target!, { timeZone: into });
    expect(fit(input)).toMatchObject({ fits: false, reason: expect.stringContaining('without their zone') });
  });

  const mysql = (type: string, place: ColumnSurvey): PlanCase => ({
    source: { engine: 'mysql', tls: 'none' },
    tables: [{ columns: [column('id', 'int'), column('value', type)], into: [column('id'), place] }],
  });
  test.each<[string, ColumnSurvey]>([
    ['bigint(20)', column('value', 'bigint')],
    ['int unsigned', column('value', 'bigint')],
    ['decimal(10,2)', column('value', 'numeric(10,2)')],
    ['varchar(45)', column('value', 'character varying(45)')],
    ['text', column('value', 'text')],
    ['date', column('value', 'date')],
    ['datetime', column('value', 'timestamp without time zone')],
    ['longtext', column('value', 'text', { nullable: true })],
  ])('from MySQL, %s goes over', (type, place) => {
    expect(reason(mysql(type, place))).toBe('fits');
    const mariadb = mysql(type, place);
    expect(reason({ ...mariadb, source: { engine: 'mariadb', tls: 'none' } })).toBe('fits');
  });
  test('from MySQL, what travels as a large object is not renamed', () => {
    const given = mysql('longtext', column('note', 'text', { nullable: true }));
    Object.assign(given.tables![0]!, { loaded: { id: 'id', value: 'note' } });
    expect(reason(given)).toContain("is a large object (longtext), which DMS can't rename");
  });
});

describe('large objects', () => {
  const name = (more: Partial<ColumnSurvey> = {}) => [column('id'), column('name', 'text', more)];
  const nullable = name({ nullable: true });
  const MEGABYTE = 1_048_576;

  test.each<[string, TableCase]>([
    ['of any length, where the same key leads to them and they may be NULL', { columns: nullable }],
    ['that may not be NULL, when they are short', { columns: name(), more: { largestLobBytes: 25 * MEGABYTE } }],
    ['without a key, when they are short', { columns: nullable, key: null, more: { largestLobBytes: 10 } }],
  ])('%s are loaded', (_case, given) => {
    expect(reason(only(given))).toBe('fits');
  });

  test.each<[string, TableCase, string]>([
    [
      'in a key, which DMS does not load',
      { columns: name(), key: ['id', 'name'], more: { largestLobBytes: 5 } },
      "name is a large object, which DMS doesn't load as a part of a key",
    ],
    [
      "in the target's key only",
      { columns: name(), targetKey: ['name'], more: { largestLobBytes: 5 } },
      'as a part of a key',
    ],
    [
      'that may not be NULL and were not measured',
      { columns: name() },
      'name may not be NULL in the target, so DMS must insert it with its row, up to a limit, and how long',
    ],
    [
      'that may not be NULL and are too long',
      { columns: name(), more: { largestLobBytes: 26 * MEGABYTE } },
      'its longest value has 26 MB, of at most 25 MB',
    ],
    ['without a key that were not measured', { columns: nullable, key: null }, 'has not been measured, or not in time'],
    [
      'without a key that are too long',
      { columns: nullable, key: null, more: { largestLobBytes: 100 * MEGABYTE } },
      'of at most 25 MB',
    ],
    [
      'with another key in the target, by which they could not be found again',
      { columns: nullable, targetKey: null },
      'do not have the same key',
    ],
    [
      'that get another name',
      {
        columns: nullable,
        into: [column('id'), column('title', 'text', { nullable: true })],
        loaded: { id: 'id', name: 'title' },
      },
      "name of hr.employees is a large object (text), which DMS can't rename",
    ],
  ])('%s are refused', (_case, given, part) => {
    expect(reason(only(given))).toContain(part);
  });

  test('limits are told, since a longer value fails the load', () => {
    const given = only({ columns: name(), more: { largestLobBytes: 100_000 } });
    expect(offer(given).reasons.join('\n')).toContain(
      'large objects of hr.employees come with their rows, up to 782 KB',
    );
  });
});

describe('conditions', () => {
  const where = (condition: Condition, type: string, more: Partial<ColumnSurvey> = {}): PlanCase =>
    only({ columns: [column('id'), column('a', type, more)], where: [condition], more: { largestLobBytes: 1 } });

  test.each<[string, PlanCase, string]>([
    ['on a boolean', where({ column: 'a', is: true }, 'boolean'), 'it compares no boolean'],
    ['on a large object', where({ column: 'a', is: null }, 'text'), 'it filters by no large object'],
    [
      'on a number with decimals',
      where({ column: 'a', atLeast: 1.5 }, 'numeric(10,2)'),
      'it compares no numeric(10,2)',
    ],
    [
      'on a time',
      where({ column: 'a', atLeast: '2026-01-01' }, 'timestamp without time zone'),
      'it compares no timestamp',
    ],
    ['on a date in words', where({ column: 'a', is: 'today' }, 'date'), 'it compares no date'],
    [
      'on text with a quote',
      where({ column: 'a', is: "O'Neill" }, 'character varying(10)'),
      'it compares no character varying',
    ],
    [
      'on the order of text, which is a collation of its own',
      where({ column: 'a', atLeast: 'm' }, 'character varying(10)'),
      'it may order character varying(10) in another way',
    ],
    [
      'for another text or NULL, which its filters can not join',
      where({ column: 'a', isNot: 'x' }, 'character varying(10)', { nullable: true }),
      "a may be NULL, and its filters can't ask",
    ],
  ])('%s are refused', (_case, given, part) => {
    expect(reason(given)).toContain(`the condition on a of hr.employees: ${part}`);
  });
});

describe('DMS offers', () => {
  const sized = (gigabytes: number): TableCase => ({
    more: { estimatedBytes: gigabytes * GIGABYTE, estimatedRows: gigabytes * 1e6, keyQuantiles: [['5'], ['9']] },
  });
  const INSTANCE = 'arn:aws:dms:eu-west-1:123456789012:rep:SHARED';

  test('one shard with every range, of as many snapshots as DMS takes', () => {
    const { shards, ranges, concurrency, workers, consistency } = offer({ tables: [sized(3), { source: 'hr.log' }] });
    expect(ranges.length).toBeGreaterThan(2);
    expect(shards).toEqual([{ id: 's1', ranges: ranges.map(({ id }) => id) }]);
    expect({ concurrency, workers, consistency }).toEqual({
      concurrency: 1,
      workers: 1,
      consistency: 'snapshot-per-chunk',
    });
  });

  test.each<[string, PlanCase, string[]]>([
    [
      'an instance of its own, with why',
      { tables: [sized(30)] },
      ['ready after some 10 minutes', 'dms.t3.large with 52 GB', '30,000,000 rows, 30.0 GB'],
    ],
    [
      'the instance that is named',
      { request: { dms: { replicationInstanceArn: INSTANCE } } },
      [INSTANCE, 'left as it is'],
    ],
    [
      'serverless when asked, with what that costs in time',
      { request: { dms: { mode: 'serverless' } } },
      ['from 2 to 4 capacity units', '40 to 60 minutes'],
    ],
  ])('%s', (_case, given, parts) => {
    const reasons = offer(given).reasons.join('\n');
    for (const part of parts) expect(reasons).toContain(part);
  });

  test('a warning where a value could be infinite, which no catalogue tells', () => {
    expect(offer(typed('timestamp without time zone')).reasons.join()).toContain('infinity would become 9999-12-31');
    expect(offer(typed('date')).reasons.join()).not.toContain('infinity');
  });

  test('an estimate that is longest for serverless and costs nothing on an instance that is paid for anyway', () => {
    const estimate = (dms: object) => offer({ request: { dms } }).estimate;
    const [own, given, serverless] = [
      estimate({}),
      estimate({ replicationInstanceArn: INSTANCE }),
      estimate({ mode: 'serverless' }),
    ];
    expect(given.costUsd).toBe(0);
    expect(own.costUsd).toBeGreaterThan(0);
    expect(serverless.seconds).toBeGreaterThanOrEqual(40 * 60);
    expect(own.seconds).toBeGreaterThanOrEqual(10 * 60);
    expect([given.seconds, own.seconds, serverless.seconds]).toEqual(
      [own.seconds, given.seconds, serverless.seconds].toSorted((one, other) => one - other),
    );
  });

  test('an estimate that grows with the load, with a dearer class, and with what is asked for besides', () => {
    const estimate = (given: PlanCase) => offer(given).estimate;
    const small = estimate({ tables: [sized(1)] });
    const big = estimate({ tables: [sized(400)] });
    expect(big.seconds).toBeGreaterThan(small.seconds);
    expect(big.costUsd).toBeGreaterThan(small.costUsd);
    const dear = estimate({ tables: [sized(1)], request: { dms: { replicationInstanceClass: 'dms.r6i.4xlarge' } } });
    expect(dear.costUsd).toBeGreaterThan(10 * small.costUsd);
    const checked = estimate({ tables: [sized(1)], request: { dms: { validation: true, assessment: true } } });
    expect(checked.seconds).toBeGreaterThan(small.seconds);
  });
});
