import { describe, expect, test } from '@jest/globals';
import { fit } from '../../../src/load/direct/fit.ts';
import type { FitInput, Offer } from '../../../src/load/strategy.ts';
import type { TablePlan, TableSurvey } from '../../../src/model.ts';
import { column, database, plannedTable, survey, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

const GIGABYTE = 1_000_000_000;
const LAMBDA_SECONDS = 840;
const quantiles = Array.from({ length: 255 }, (_, index) => [String(index)]);
const target = { engine: 'postgres', connection: 'env:TARGET_URL' };
const upsert = { target: { ...target, ifNotEmpty: 'upsert' }, onFailure: 'keep' };

interface Case {
  request?: Record<string, unknown>;
  tables?: TablePlan[];
  targetTable?: Partial<TableSurvey>;
  invocationSeconds?: number;
}

function input({
  request = {},
  tables = [plannedTable('hr.employees')],
  targetTable,
  invocationSeconds = LAMBDA_SECONDS,
}: Case): FitInput {
  const surveyed = (more: Partial<TableSurvey> = {}) =>
    tables.map(({ source }) => table(source, [column('id')], { key: ['id'], ...more }));
  return {
    request: checkedRequest(request),
    survey: survey(surveyed({ keyQuantiles: quantiles }), surveyed(targetTable)),
    tables,
    invocationSeconds,
    deployment: { name: 'test' },
  };
}

function offer(given: Case): Offer {
  const answer = fit(input(given));
  if (!answer.fits) throw new Error(answer.reason);
  return answer;
}

function reason(given: FitInput): string {
  const answer = fit(given);
  return answer.fits ? 'fits' : answer.reason;
}

function keyless(source: string, more: Partial<TablePlan> = {}): TablePlan {
  const { key: _, keyTypes: __, ...rest } = plannedTable(source, more);
  return rest;
}

function sized(source: string, gigabytes: number): TablePlan {
  return plannedTable(source, { estimatedBytes: gigabytes * GIGABYTE, estimatedRows: gigabytes * 1_000_000 });
}

describe('direct refuses', () => {
  const topics = { brokers: 'env:K', tables: { 'hr.employees': 'x' } };
  test.each<[string, Case, string]>([
    ['rows that go to topics only', { request: { target: undefined, topics } }, 'the request has no target'],
    ['files', { request: { target: { engine: 's3', uri: 's3://bucket/prefix' } } }, 'not to S3'],
    ['another target engine', { request: { target: { ...target, engine: 'mysql' } } }, 'not from postgres to mysql'],
    ['a script', { request: { transform: { script: 's3://bucket/x.py' } } }, 'transform.script'],
    [
      'a derived column',
      { request: { transform: { 'hr.employees': { derive: { a: '1' } } } } },
      'not derive (transform["hr.employees"])',
    ],
    [
      'a filter beside a rename',
      { request: { transform: { 'hr.employees': { rename: { a: 'b' }, filter: 'x' } } } },
      'not filter',
    ],
    ['no table', { tables: [] }, 'no table'],
    ['terabytes', { tables: [sized('hr.a', 600), sized('hr.b', 600)] }, '1.2 TB are too much for it (at most 1.0 TB)'],
    [
      'a big table without a key',
      { tables: [keyless('hr.log', { estimatedBytes: 30 * GIGABYTE })] },
      'hr.log has no key',
    ],
    ['a long table without a key', { tables: [keyless('hr.log', { estimatedRows: 1e9 })] }, 'hr.log has no key'],
    ['an upsert without a key', { request: upsert, tables: [keyless('hr.log')] }, 'hr.log has no key'],
    [
      'an upsert without a unique key in the target',
      { request: upsert, targetTable: { key: ['other'] } },
      'no unique key over id',
    ],
    [
      'an upsert beside another unique key',
      { request: upsert, targetTable: { uniqueKeys: [['id'], ['mail']] } },
      'its other unique key (mail)',
    ],
    [
      'an upsert of an identity that is always generated',
      {
        request: upsert,
        tables: [
          plannedTable('hr.employees', {
            columns: [
              { source: 'id', target: 'id' },
              { source: 'n', target: 'n' },
            ],
          }),
        ],
        targetTable: { columns: [column('id'), column('n', 'integer', { identity: 'always' })] },
      },
      'its column n is GENERATED ALWAYS',
    ],
  ])('%s', (_case, given, part) => {
    expect(reason(input(given))).toContain(part);
  });

  test('another source engine', () => {
    const given = input({});
    expect(reason({ ...given, survey: { ...given.survey, source: database([], { engine: 'oracle' }) } })).toContain(
      'not from oracle to postgres',
    );
  });
});

describe('direct takes', () => {
  test.each<[string, Case]>([
    [
      'renamed and dropped columns',
      { request: { transform: { 'hr.employees': { rename: { a: 'b' }, drop: ['c'] } } } },
    ],
    ['a small table without a key', { tables: [keyless('hr.log')] }],
    [
      'a big table without a key where the time is not short',
      { tables: [keyless('hr.log', { estimatedBytes: 30 * GIGABYTE })], invocationSeconds: 1e6 },
    ],
    ['an upsert by the key', { request: upsert }],
    [
      'an upsert by a key that is an identity',
      { request: upsert, targetTable: { columns: [column('id', 'integer', { identity: 'always' })] } },
    ],
    [
      'an upsert by a renamed key of two columns, in any order',
      {
        request: upsert,
        tables: [
          plannedTable('hr.employees', {
            key: ['a', 'b'],
            columns: [
              { source: 'a', target: 'x' },
              { source: 'b', target: 'y' },
            ],
          }),
        ],
        targetTable: { key: ['y', 'x'] },
      },
    ],
    ['another unique key when nothing is written over', { targetTable: { uniqueKeys: [['id'], ['mail']] } }],
  ])('%s', (_case, given) => {
    expect(reason(input(given))).toBe('fits');
  });

  test('and explains itself', () => {
    const { reasons } = offer({ tables: [sized('hr.employees', 0.3)] });
    expect(reasons.join('\n')).toContain('300,000 rows, 300 MB');
    expect(reasons.join('\n')).toContain('one snapshot');
  });
});

describe('a load that fits one invocation', () => {
  test('is one shard with every range, read from one snapshot by all connections', () => {
    const { consistency, shards, ranges, concurrency, workers } = offer({
      tables: [sized('hr.a', 1), sized('hr.b', 5), plannedTable('hr.c')],
    });
    expect({ consistency, concurrency, workers }).toEqual({ consistency: 'one-snapshot', concurrency: 1, workers: 4 });
    expect(shards).toHaveLength(1);
    expect(shards[0]?.ranges.toSorted((one, other) => one - other)).toEqual(ranges.map(({ id }) => id));
  });

  test('begins with the biggest ranges', () => {
    const { shards, ranges } = offer({ tables: [plannedTable('hr.a'), sized('hr.b', 5)] });
    expect(ranges.find(({ id }) => id === shards[0]?.ranges[0])?.table).toBe('hr.b');
    expect(ranges.find(({ id }) => id === shards[0]?.ranges.at(-1))?.table).toBe('hr.a');
  });

  test('has no more workers than ranges', () => {
    expect(offer({ tables: [plannedTable('hr.a')] }).workers).toBe(1);
  });

  test('however big, when the invocation may take as long', () => {
    expect(offer({ tables: [sized('hr.a', 900)], invocationSeconds: 1e6 }).consistency).toBe('one-snapshot');
  });
});

describe('a load that does not fit one invocation', () => {
  const many = Array.from({ length: 300 }, (_, index) => plannedTable(`hr.t${index}`));
  const cases: [string, TablePlan[], number][] = [
    ['one big table', [sized('hr.a', 400)], 4],
    ['one big and many small tables', [sized('hr.a', 100), ...many], 4],
    ['many big tables', Array.from({ length: 250 }, (_, index) => sized(`hr.t${index}`, 3)), 64],
    [
      'tables with and without a key',
      [sized('hr.a', 100), keyless('hr.log', { estimatedBytes: GIGABYTE }), ...many],
      8,
    ],
    ['one connection', [sized('hr.a', 100)], 1],
  ];

  test.each(cases)(
    'of %s has each range in one shard, and keeps to its connections',
    (_case, tables, maxSourceConnections) => {
      const { consistency, shards, ranges, concurrency, workers } = offer({
        tables,
        request: { limits: { maxSourceConnections, deadlineMinutes: 20_160 } },
      });
      expect(consistency).toBe('snapshot-per-chunk');
      expect(workers).toBe(1);
      expect(concurrency).toBe(Math.min(maxSourceConnections, shards.length));
      expect(shards.length).toBeLessThanOrEqual(200);
      expect(new Set(shards.map(({ id }) => id)).size).toBe(shards.length);
      const placed = shards.flatMap((shard) => shard.ranges).toSorted((one, other) => one - other);
      expect(placed).toEqual(ranges.map(({ id }) => id));
    },
  );

  test('has several shards of about equal weight for a big table', () => {
    const { shards } = offer({ tables: [sized('hr.a', 400)] });
    expect(shards.length).toBeGreaterThanOrEqual(12);
    const sizes = shards.map((shard) => shard.ranges.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(Math.ceil(Math.max(...sizes) / 2));
  });

  test('groups small tables', () => {
    expect(offer({ tables: [sized('hr.a', 100), ...many] }).shards.length).toBeLessThan(40);
  });

  test('begins each shard with its tables without a key', () => {
    const log = keyless('hr.log', { estimatedBytes: GIGABYTE });
    const { shards, ranges } = offer({ tables: [sized('hr.a', 100), log] });
    const id = ranges.find((range) => range.table === 'hr.log')?.id;
    expect(shards.find((shard) => shard.ranges.includes(id!))?.ranges[0]).toBe(id);
  });
});

describe('the estimate', () => {
  test('grows with rows and bytes', () => {
    const seconds = [0.1, 1, 10, 100].map(
      (gigabytes) => offer({ tables: [sized('hr.a', gigabytes)] }).estimate.seconds,
    );
    expect(seconds).toEqual(seconds.toSorted((one, other) => one - other));
    expect(new Set(seconds).size).toBe(4);
    const long = offer({ tables: [plannedTable('hr.a', { estimatedRows: 50_000_000 })] }).estimate.seconds;
    expect(long).toBeGreaterThan(offer({ tables: [plannedTable('hr.a')] }).estimate.seconds);
  });

  test('of a small load is under a minute and under a cent', () => {
    const { seconds, costUsd } = offer({}).estimate;
    expect(seconds).toBeLessThan(60);
    expect(costUsd).toBeGreaterThan(0);
    expect(costUsd).toBeLessThan(0.01);
  });

  test('is shorter with more connections', () => {
    const of = (maxSourceConnections: number) =>
      offer({ tables: [sized('hr.a', 100)], request: { limits: { maxSourceConnections } } }).estimate.seconds;
    expect(of(8)).toBeLessThan(of(1));
  });
});
