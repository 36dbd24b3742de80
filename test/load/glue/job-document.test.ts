import { describe, expect, test } from '@jest/globals';
import { buildJobDocument } from '../../../src/load/glue/job/job-document-of.ts';
import type { JobDocument, JobTable } from '../../../src/load/glue/job/job-document.ts';
import type { ColumnSurvey, DatabaseSurvey, KeyRange, Plan } from '../../../src/model.ts';
import { planTables } from '../../../src/plan/tables.ts';
import { memoryServices } from '../../support/memory-services.ts';
import { column, database, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';
import { glueDeployment } from './plans.ts';

/** What the job is told, of one table; its SQL runs in job-sql.test.ts. */

const START = '11111111-2222-4333-8444-555555555555';
const COLUMNS = [column('id'), column('name', 'text'), column('born', 'date'), column('data', 'jsonb')];

interface Case {
  request?: Record<string, unknown>;
  columns?: ColumnSurvey[];
  into?: ColumnSurvey[];
  source?: Partial<DatabaseSurvey>;
  /** Of the table's key, `id`. */
  cuts?: number[];
}

function documentOf({ request: more, columns = COLUMNS, into = columns, source, cuts = [] }: Case = {}): JobDocument {
  const request = checkedRequest({
    source: { engine: 'postgres', connection: 'hr/source', tables: ['hr.people'] },
    target: { engine: 'postgres', connection: 'mailer/target', tables: { 'hr.people': 'public.people' } },
    ...more,
  });
  const toFiles = request.target?.engine === 's3';
  const toTopics = request.target === undefined;
  const survey = {
    surveyedAt: '2026-01-01T00:00:00.000Z',
    source: database([table('hr.people', columns, { key: ['id'] })], { tls: 'require', ...source }),
    ...(!toFiles &&
      !toTopics && {
        target: database([table('public.people', into, { key: ['id'] })], { tls: 'none', majorVersion: 13 }),
      }),
    pairs: [{ source: 'hr.people', target: toFiles || toTopics ? 'hr.people' : 'public.people' }],
  };
  const ranges = [...cuts, undefined].map((to, index): KeyRange => {
    const from = cuts[index - 1];
    return {
      id: index + 1,
      table: 'hr.people',
      estimatedRows: 1,
      ...(from !== undefined && { from: [String(from)] }),
      ...(to !== undefined && { to: [String(to)] }),
    };
  });
  const plan = {
    strategy: 'glue',
    tables: planTables(request, survey),
    ranges,
    shards: [{ id: 's1', ranges: ranges.map(({ id }) => id) }],
    ...(toTopics && { topics: [{ table: 'hr.people', partitions: 1, replicas: 1, retentionHours: 24 }] }),
  } as unknown as Plan;
  const services = { ...memoryServices(), deployment: { name: 'test', glue: glueDeployment } };
  return buildJobDocument({ loadId: 'a-load', attempt: 3, request, survey, plan, services }, START);
}
const tableOf = (given: Case = {}): JobTable => documentOf(given).tables[0]!;
const transformed = (transform: object, more: Case = {}) => ({
  ...more,
  request: { transform: { 'hr.people': transform }, ...more.request },
});

describe('where the job finds what it needs', () => {
  test('databases by the secrets that the request names, with what stands beside them', () => {
    const { source, target } = documentOf({
      request: {
        source: {
          engine: 'postgres',
          connection: { secret: 'hr/source', host: 'replica.internal', port: 6432, dbname: 'hr' },
          tables: ['hr.people'],
        },
      },
    });
    expect(source).toMatchObject({
      secret: 'hr/source',
      host: 'replica.internal',
      port: 6432,
      dbname: 'hr',
      defaultPort: 5432,
      scheme: 'jdbc:postgresql',
      driver: 'org.postgresql.Driver',
      properties: { sslmode: 'require', ApplicationName: 'il a-load glue 11111111' },
    });
    expect(source.snapshot).toBeDefined();
    expect(target).toMatchObject({
      secret: 'mailer/target',
      properties: {
        sslmode: 'disable',
        ApplicationName: 'il a-load glue 11111111',
        stringtype: 'unspecified',
        reWriteBatchedInserts: 'true',
      },
    });
    expect(target).not.toHaveProperty('host');
    expect(target).not.toHaveProperty('snapshot');
    // Of the target's version, which is older than the source's.
    expect(target?.properties['options']).not.toContain('idle_session_timeout');
    expect(source.properties['options']).toContain('idle_session_timeout');
  });

  test('MariaDB by a driver of its own, without a view that sessions share', () => {
    const { source } = documentOf({
      request: { source: { engine: 'mariadb', connection: 'shop/source', tables: ['hr.people'] } },
      source: { engine: 'mariadb', majorVersion: 10 },
      columns: [column('id', 'int(11)', { fingerprint: 'mysql int(11)' })],
      into: [column('id')],
    });
    expect(source).toMatchObject({ scheme: 'jdbc:mysql', driver: 'com.mysql.cj.jdbc.Driver', defaultPort: 3306 });
    expect(source).not.toHaveProperty('snapshot');
  });

  test('its report and the request’s module in the load’s folder of the store', () => {
    const { report, script } = documentOf({ request: { transform: { script: 's3://modules/x.py' } } });
    expect(report).toBe(`s3://loads/prefix/loads/a-load/glue/report-${START}.json`);
    expect(script).toBe('s3://loads/prefix/loads/a-load/glue/script/request_script.py');
    expect(documentOf()).not.toHaveProperty('script');
  });

  test('and says for which load, attempt and start it is', () => {
    expect(documentOf()).toMatchObject({ version: 1, loadId: 'a-load', attempt: 3, start: START });
  });

  test('but is not told to look at certificates, which fit refuses', () => {
    expect(() => documentOf({ source: { tls: 'verify' } })).toThrow('cannot verify a certificate');
  });
});

describe('what is read', () => {
  test('is every column as text, and typed where Spark has a type', () => {
    expect(tableOf().read.columns).toEqual([
      { name: 'id', text: 'c1', typed: 'n1' },
      { name: 'name', text: 'c2' },
      { name: 'born', text: 'c3', typed: 'date_from_unix_date(n3)' },
      { name: 'data', text: 'c4' },
    ]);
  });

  test('is what the request reads: dropped columns too, which expressions may use', () => {
    const source = {
      engine: 'postgres',
      connection: 'hr/source',
      tables: [{ name: 'hr.people', columns: ['id', 'born'] }],
    };
    const given = transformed({ drop: ['born'] }, { into: [column('id')], request: { source } });
    expect(tableOf(given).read.columns.map(({ name }) => name)).toEqual(['id', 'born']);
    expect(tableOf(given).transform.output).toEqual([{ name: 'id', copy: 'id' }]);
  });

  test('is cast as the plan has it, in its text form only', () => {
    const { query } = tableOf({ into: [column('id', 'bigint'), ...COLUMNS.slice(1)] }).read;
    expect(query).toContain('"id"::bigint::text as c1, "id"::integer as n1, ');
  });

  test.each([
    [4, [['1'], ['2'], ['3'], []]],
    [3, [['1'], ['3'], []]],
    [1, [[]]],
  ])('is cut for at most %i connections, by joining neighbours of the plan’s key ranges', (connections, ends) => {
    const { partitions, query } = tableOf({
      cuts: [1, 2, 3],
      request: { limits: { maxSourceConnections: connections } },
    }).read;
    expect(partitions.map((partition) => [...partition.matchAll(/<= \('(\d+)'/g)].map(([, end]) => end))).toEqual(ends);
    expect(partitions.slice(1).every((partition) => partition.includes('("k1") > '))).toBe(true);
    expect(query.includes('as k1')).toBe(connections > 1);
  });

  test('is one part without ranges, and then without the key, of whatever type that may be', () => {
    expect(tableOf().read.partitions).toEqual(['1=1']);
    expect(tableOf().read.query).not.toContain('k1');
  });
});

describe('what is made of it', () => {
  test('is a copy, where nothing else is said', () => {
    expect(tableOf().transform).toEqual({
      output: COLUMNS.map(({ name }) => ({ name, copy: name })),
    });
  });

  test('is what the request says, under the target’s names', () => {
    const transform = {
      rename: { name: 'hash', born: 'birthday' },
      drop: ['data'],
      cast: { born: 'timestamp' },
      mask: ['name'],
      derive: { age: 'year(current_date()) - year(born)', "it's": 'data' },
      filter: 'born is not null',
      deduplicate: { key: ['name'], keep: 'born desc' },
    };
    const into = [column('id'), column('hash', 'text'), column('birthday', 'time without time zone')];
    const { transform: made, database: staged } = tableOf(
      transformed(transform, { into: [...into, column('age'), column("it's", 'text')] }),
    );
    expect(made).toEqual({
      filter: 'born is not null',
      deduplicate: { key: ['name'], keep: 'born desc' },
      output: [
        { name: 'id', copy: 'id' },
        { name: 'hash', mask: 'name' },
        { name: 'birthday', cast: 'born', to: 'timestamp' },
        { name: 'age', derive: 'year(current_date()) - year(born)' },
        { name: "it's", derive: 'data' },
      ],
    });
    expect(staged?.columns).toEqual([
      { name: 'id', target: '"id"', stage: 'c1' },
      { name: 'hash', target: '"hash"', stage: 'c2' },
      { name: 'birthday', target: '"birthday"', stage: 'c3' },
      { name: 'age', target: '"age"', stage: 'c4' },
      { name: "it's", target: `"it's"`, stage: 'c5' },
    ]);
  });

  test('is not written where the target computes a column by itself', () => {
    const into = [...COLUMNS.slice(0, 3), column('data', 'jsonb', { generated: true })];
    expect(tableOf({ into }).transform.output.map(({ name }) => name)).toEqual(['id', 'name', 'born']);
  });

  test('by a script begins with all columns, and ends in those that the target can be given', () => {
    const into = [column('id'), column('more', 'text'), column('sum', 'text', { generated: true })];
    const request = {
      transform: { script: 's3://modules/x.py', 'hr.people': { rename: { name: 'called' }, derive: { one: '1' } } },
    };
    const { transform, database: staged } = tableOf({ into, request });
    expect(transform.output.map(({ name }) => name)).toEqual(['id', 'called', 'born', 'data', 'one']);
    expect(staged?.columns.map(({ name }) => name)).toEqual(['id', 'more']);
  });
});

describe('where it goes', () => {
  test('is a staging table of this start beside the bookkeeping, then the table, under the fence', () => {
    const { tables, target } = documentOf();
    expect(tables[0]).not.toHaveProperty('files');
    expect(tables[0]!.database!.stage).toMatch(/^"public"\."il-[0-9a-f]{10}-stage-1-11111111"$/);
    expect(tables[0]!.database!.publishInto).toBe('insert into "public"."people"');
    for (const sql of [target!.take, target!.hold]) expect(sql).toContain(`'${START}'`);
    expect(target!.take).toContain('attempt = 3');
  });

  test('is a folder in S3, without a fence or a staging table', () => {
    const document = documentOf({ request: { target: { engine: 's3', uri: 's3://exports/employees' } } });
    expect(document).not.toHaveProperty('target');
    expect(document.tables[0]).not.toHaveProperty('database');
    expect(document.tables[0]!.files).toBe('s3://exports/employees/hr.people/');
    expect(document.tables[0]!.transform.output).toHaveLength(4);
  });

  const toTopics = (more: Record<string, unknown> = {}, given: Case = {}) =>
    tableOf({ ...given, request: { target: undefined, topics: { brokers: 'b', tables: {} }, ...more } });
  const rows = (...given: Parameters<typeof toTopics>) => toTopics(...given).rows;
  const FOLDER = `s3://loads/prefix/loads/a-load/glue/rows/${START}/1/`;
  const steps = (transform: object) => ({ transform: { 'hr.people': transform } });

  test('for topics is a folder of the load’s own, another one for each start, with the source’s key', () => {
    expect(toTopics()).toMatchObject({ rows: { folder: FOLDER, key: ['id'] } });
    expect(toTopics()).not.toHaveProperty('database');
    expect(documentOf({ request: { target: undefined, topics: { brokers: 'b', tables: {} } } })).not.toHaveProperty(
      'target',
    );
  });

  test('for topics has the source’s key also where a column of it is renamed or cast, for that is still the row’s', () => {
    expect(rows(steps({ rename: { id: 'number' }, cast: { id: 'string' } }))?.key).toEqual(['id']);
  });

  test.each([
    ['that is masked, since it would show what shall be hidden', steps({ mask: ['id'] })],
    ['that is not loaded', steps({ drop: ['id'] })],
    ['of rows that a module makes', { transform: { script: 's3://scripts/x.py' } }],
  ])('for topics has no key %s', (_case, request) => {
    expect(rows(request)).toEqual({ folder: FOLDER });
  });
});
