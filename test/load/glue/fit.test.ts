import { describe, expect, test } from '@jest/globals';
import { fit } from '../../../src/load/glue/fit.ts';
import { strategies } from '../../../src/load/registry.ts';
import type { Offer } from '../../../src/load/strategy.ts';
import { choose } from '../../../src/plan/choose.ts';
import { deployment, fitInput, GIGABYTE, glueDeployment, type PlanCase } from './plans.ts';

function reason(given: PlanCase): string {
  const answer = fit(fitInput(given));
  return answer.fits ? 'fits' : answer.reason;
}

function offer(given: PlanCase = {}): Offer {
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
const transform = (steps: object) => ({ 'hr.employees': steps });
const S3 = { engine: 's3', uri: 's3://exports/employees' };

describe('Glue refuses what its job can not reach, write or be made for', () => {
  test.each<[string, PlanCase, string]>([
    [
      'topics of which no broker was surveyed',
      { request: { target: undefined, topics: { brokers: 'env:K', tables: {} } } },
      'no broker was surveyed',
    ],
    [
      'topics that shall stay when the load fails',
      { topics: {}, request: { onFailure: 'keep' } },
      'onFailure is "keep"',
    ],
    [
      'topics that forget sooner than the load may end',
      { topics: {}, request: { kafka: { retentionHours: 3 }, limits: { deadlineMinutes: 240 } } },
      'kafka.retentionHours (3) is shorter',
    ],
    ['another target than PostgreSQL and S3', target({ engine: 'mysql' }), 'not to mysql'],
    ['a source of which nobody knows what arrives', { source: { engine: 'oracle' } }, 'unchanged from oracle'],
    [
      'an upsert, because rows are inserted',
      { request: { ...target({ ifNotEmpty: 'upsert' }).request, onFailure: 'keep' } },
      'target.ifNotEmpty is "upsert"',
    ],
    [
      'a deployment that nobody set up for it, saying what to set and where that is described',
      { deployment: { name: 'test' } },
      'GLUE_ROLE_ARN; docs/strategies/glue.md',
    ],
    [
      'a load store in a directory, which no job reaches',
      { deployment: { name: 'test', glue: { ...glueDeployment, storeAddress: '/var/loads' } } },
      'the load store is a directory (/var/loads)',
    ],
    ['an environment variable as the source', source({ connection: 'env:SOURCE' }), 'source.connection: a job reads'],
    ['a parameter as the target', target({ connection: 'ssm:/target' }), 'target.connection: a job reads credentials'],
    [
      'a source that verifies certificates, of which the workers have none',
      { source: { tls: 'verify' } },
      'source.connection: it asks to verify',
    ],
    ['a target that verifies certificates', { target: { tls: 'verify' } }, 'target.connection: it asks to verify'],
    [
      'a replica that exports no snapshot',
      { source: { readReplica: true, majorVersion: 9 } },
      'a read replica of PostgreSQL 9',
    ],
  ])('%s', (_case, given, part) => {
    expect(reason(given)).toContain(part);
  });

  test('everything that is in the way at once', () => {
    const given = {
      request: { target: undefined, topics: { brokers: 'env:K', tables: {} } },
      source: { engine: 'oracle', tls: 'verify' },
      deployment: { name: 'test' },
    } as const;
    for (const part of ['oracle', 'no broker', 'GLUE_ROLE_ARN', 'asks to verify']) {
      expect(reason(given)).toContain(part);
    }
    expect(reason(given).split('; ').length).toBeGreaterThanOrEqual(4);
  });

  test('no table at all, and a connection of which it is unknown whether it asks for TLS', () => {
    const input = fitInput();
    delete input.survey.target!.tls;
    expect(fit({ ...input, tables: [] })).toEqual({
      fits: false,
      reason: 'there is no table to load; target.connection: whether the connection asks for TLS is unknown',
    });
  });
});

describe('Glue takes', () => {
  test.each<[string, PlanCase]>([
    [
      'host, port and database beside the secret',
      source({ connection: { secret: 's', host: 'db', port: 1, dbname: 'hr' } }),
    ],
    ['MySQL over TLS', { source: { engine: 'mysql', tls: 'require' } }],
    ['MariaDB without TLS', { source: { engine: 'mariadb', tls: 'none' } }],
    ['S3 as the target, which has no connection', { request: { target: S3 } }],
    ['a table without a key', { tables: [{ keyless: true }] }],
  ])('%s', (_case, given) => {
    expect(reason(given)).toBe('fits');
  });

  test('topics, as many partitions as the live ones have, awaiting the consumer', () => {
    const tables = [{ source: 'hr.a' }, { source: 'hr.b', bytes: 600_000_000 }];
    const liveTopics = [{ table: 'hr.a', topic: 'hr.a', partitions: 7 }];
    expect(offer({ topics: { liveTopics }, tables, request: { limits: { deadlineMinutes: 90 } } })).toMatchObject({
      awaitsConsumer: true,
      topics: [
        { table: 'hr.a', partitions: 7, replicas: 3, retentionHours: 26 },
        { table: 'hr.b', partitions: 3, replicas: 3, retentionHours: 26 },
      ],
      shards: [{ id: 's1' }],
    });
    expect(offer()).not.toHaveProperty('topics');
    expect(offer()).not.toHaveProperty('awaitsConsumer');
  });

  test.each<[string, object, object, string]>([
    ['the envelope, which nobody puts around its rows', {}, { format: 'debezium' }, 'kafka.format is "debezium"'],
    [
      'a live topic in the envelope',
      { format: { value: 'debezium' } },
      {},
      "the live topic hr.a is not: its records are in Debezium's envelope",
    ],
    ['one with schemas', { format: { value: 'plain', keySchema: '{' } }, {}, 'its records are plain, with schemas'],
    ['one that is unknown', { unlike: 'it is Avro' }, {}, 'it is Avro; "kafka": { "format": "plain" } accepts that'],
    ['none that is plain', { format: { value: 'plain' } }, {}, 'fits'],
    ['none that is asked for as plain', { unlike: 'it is Avro' }, { format: 'plain' }, 'fits'],
  ])('topics, but refuses %s', (_what, live, kafka, why) => {
    const liveTopics = [{ table: 'hr.a', topic: 'hr.a', partitions: 7, ...live }];
    expect(reason({ topics: { liveTopics }, tables: [{ source: 'hr.a' }], request: { kafka } })).toContain(why);
  });

  test('one shard of all ranges, which are those of the other strategies too', () => {
    const tables = [{ source: 'hr.a', bytes: 10 * GIGABYTE, rows: 1e8, quantiles: 1_000 }, { source: 'hr.b' }];
    const { shards, ranges, concurrency, workers } = offer({ tables });
    expect(ranges).toHaveLength(17);
    expect(shards).toEqual([{ id: 's1', ranges: ranges.map(({ id }) => id) }]);
    expect({ concurrency, workers }).toEqual({ concurrency: 1, workers: 1 });
  });

  test.each<[string, PlanCase, Offer['consistency']]>([
    ['one snapshot of PostgreSQL', {}, 'one-snapshot'],
    ['one snapshot of a replica, which can export one', { source: { readReplica: true } }, 'one-snapshot'],
    ['what each connection sees of MariaDB', { source: { engine: 'mariadb' } }, 'snapshot-per-chunk'],
  ])('%s', (_case, given, consistency) => {
    expect(offer(given).consistency).toBe(consistency);
  });
});

describe('the reasons name what asked for Spark', () => {
  const decisive = (given: PlanCase) => offer(given).reasons.slice(0, -2);

  test.each<[string, PlanCase, unknown[]]>([
    [
      'steps of a table',
      { request: { transform: transform({ rename: { name: 'full_name' }, derive: { a: '1' }, filter: 'id > 1' }) } },
      ['transform["hr.employees"] has derive and filter, which direct and dms cannot do'],
    ],
    [
      'a module of its own',
      { request: { transform: { script: 's3://modules/x.py' } } },
      ['transform.script is a PySpark module, which direct and dms cannot run'],
    ],
    ['files', { request: { target: S3 } }, ['target.engine is "s3", and direct and dms write to databases']],
    [
      'its size, where one instance would take too long',
      {
        tables: [{ bytes: 2_000 * GIGABYTE, rows: 1e9, quantiles: 1_000 }],
        request: { limits: { deadlineMinutes: 500 } },
      },
      ['about 2,000 GB are more than one instance moves in 500 minutes (limits.deadlineMinutes)'],
    ],
    [
      'nothing but its name',
      { request: { strategy: 'glue' } },
      [expect.stringContaining('nothing in the request needs')],
    ],
    [
      'nothing but that nothing else fits',
      { source: { engine: 'mariadb' }, request: { transform: transform({ drop: ['name'] }) } },
      [expect.stringContaining('Spark reads mariadb and writes postgres')],
    ],
  ])('%s', (_case, given, expected) => {
    expect(decisive(given)).toEqual(expected);
  });

  test('and, of topics, how the rows get there; feeding them is in the estimate', () => {
    const given = { tables: [{ bytes: 36 * GIGABYTE, rows: 36e6, quantiles: 1_000 }] };
    const [topics, files] = [offer({ ...given, topics: {} }), offer({ ...given, request: { target: S3 } })];
    expect(topics.reasons.at(-3)).toContain('go to topics of their own exactly once');
    // 36 GB at 30 MB/s, twice, instead of being counted at 200 MB/s.
    expect(topics.estimate.seconds - files.estimate.seconds).toBe(2 * 1_200 - 180);
    expect(topics.estimate.costUsd).toBeGreaterThan(files.estimate.costUsd);
  });

  test('and say workers, DPUs and DPU-hours', () => {
    const given = { tables: [{ bytes: 36 * GIGABYTE, rows: 36e6, quantiles: 1_000 }] };
    const { reasons, estimate } = offer(given);
    expect(reasons.at(-2)).toBe(
      'a job of its own on 2 workers G.1X (2 DPU; one drives, the others move rows over 4 connections at once), removed ' +
        'afterwards: about 36,000,000 rows, 36.0 GB, take about 0.74 DPU-hours',
    );
    expect(estimate.costUsd).toBe(0.33);
  });
});

describe('auto chooses glue', () => {
  const dms = {
    accessRoleArn: 'arn:aws:iam::123456789012:role/dms-access',
    subnetIds: [],
    securityGroupIds: [],
  };
  const choice = (given: PlanCase) => choose(fitInput({ ...given, deployment: { ...deployment, dms } }), strategies);

  test.each<[string, PlanCase, string]>([
    ['for a filter', { request: { transform: transform({ filter: 'id > 1' }) } }, 'has filter'],
    ['for a script', { request: { transform: { script: 's3://modules/x.py' } } }, 'transform.script'],
    ['for files', { request: { target: S3 } }, 'target.engine is "s3"'],
    [
      'for a size that takes one instance longer than the load may',
      {
        tables: [{ bytes: 2_000 * GIGABYTE, rows: 1e8, quantiles: 1_000 }],
        request: { limits: { deadlineMinutes: 800, maxSourceConnections: 64 } },
        source: { tls: 'require', timeZone: 'UTC' },
      },
      'about 2,000 GB',
    ],
  ])('%s, and says why neither direct nor dms', (_case, given, part) => {
    const plan = choice(given);
    expect(plan.strategy).toBe('glue');
    expect(plan.reasons.join('; ')).toContain(part);
    expect(plan.planes).toEqual({ provision: 'control', advance: 'control', tearDown: 'control' });
    const rejected = Object.fromEntries(plan.rejected.map(({ strategy, reason: why }) => [strategy, why]));
    expect(rejected['direct']).toBeTruthy();
    expect(rejected['dms']).toBeTruthy();
  });

  test.each<[string, PlanCase, string]>([
    [
      'a filter',
      { request: { transform: transform({ filter: 'id > 1' }) } },
      'has filter, which kafka-topic cannot do',
    ],
    ['a script', { request: { transform: { script: 's3://modules/x.py' } } }, 'which kafka-topic cannot run'],
    ['MariaDB', { source: { engine: 'mariadb' } }, 'source.engine is "mariadb", and kafka-topic reads PostgreSQL'],
    [
      'a table too big for one transaction, without a key to cut it by',
      {
        tables: [{ keyless: true, bytes: 100 * GIGABYTE, rows: 1e9 }],
        request: { limits: { deadlineMinutes: 2_000 } },
      },
      'Spark reads postgres and writes what feeds the topics',
    ],
  ])('for topics, where kafka-topic does not do: %s', (_case, given, part) => {
    const plan = choice({ topics: {}, ...given });
    expect(plan).toMatchObject({ strategy: 'glue', awaitsConsumer: true });
    expect(plan.reasons.join('; ')).toContain(part);
    expect(plan.rejected.map(({ strategy }) => strategy)).toEqual(['direct', 'dms', 'kafka-topic', 'replay']);
  });

  test('not for topics that kafka-topic feeds, which needs less', () => {
    const plan = choice({ topics: {}, request: { transform: transform({ drop: ['name'] }) } });
    expect(plan.strategy).toBe('kafka-topic');
    expect(plan.rejected).toContainEqual({ strategy: 'glue', reason: '"kafka-topic" fits and needs less' });
  });

  test('not for what direct copies, which needs less', () => {
    const plan = choice({});
    expect(plan.strategy).toBe('direct');
    expect(plan.rejected).toContainEqual({ strategy: 'glue', reason: '"direct" fits and needs less' });
  });

  test('not beyond what the request may cost', () => {
    const given = {
      request: { transform: transform({ filter: 'id > 1' }), limits: { maxCostUsd: 0.01 } },
    };
    expect(() => choice(given)).toThrow('limits.maxCostUsd (0.01)');
  });
});
