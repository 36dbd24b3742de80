import { describe, expect, test } from '@jest/globals';
import { fit } from '../../../src/load/replay/fit.ts';
import type { FitInput, Offer } from '../../../src/load/strategy.ts';
import type { DatabaseSurvey, LiveTopic, TablePlan } from '../../../src/model.ts';
import { column, database, plannedTable, survey, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

const topics = { brokers: 'env:KAFKA', tables: { 'hr.employees': 'live.employees' }, consumerGroup: 'mailer' };
const live: LiveTopic = { table: 'hr.employees', topic: 'live.employees', partitions: 8, groups: [] };

interface Case {
  request?: Record<string, unknown>;
  tables?: TablePlan[];
  liveTopics?: LiveTopic[];
  source?: Partial<DatabaseSurvey>;
}

function input(given: Case = {}): FitInput {
  const { request = {}, tables = [plannedTable('hr.employees')], liveTopics = [live], source = {} } = given;
  const surveyed = tables.map(({ source: name }) => table(name, [column('id')], { key: ['id'] }));
  return {
    request: checkedRequest({ target: undefined, strategy: 'replay', acceptReplay: true, topics, ...request }),
    survey: { ...survey(surveyed), source: database(surveyed, source), kafka: { brokers: 3, liveTopics } },
    tables,
    invocationSeconds: 840,
    deployment: { name: 'test' },
  };
}

function offer(given: Case = {}): Offer {
  const answer = fit(input(given));
  if (!answer.fits) throw new Error(answer.reason);
  return answer;
}

describe('replay refuses', () => {
  const { key: _key, keyTypes: _types, ...keyless } = plannedTable('hr.employees');
  test.each<[string, Case, string]>([
    ['a request with a target', { request: { target: { engine: 'postgres', connection: 'env:T' } } }, 'has a target'],
    ['another engine', { source: { engine: 'mysql' } }, 'it reads PostgreSQL, not mysql'],
    ['a replica, which does not know who writes', { source: { readReplica: true } }, 'it reads primaries'],
    ['no table', { tables: [] }, 'no table to load'],
    ['rows that are not the source’s', { request: { transform: { 'hr.employees': { drop: ['a'] } } } }, 'as they are'],
    ['a table without a key', { tables: [keyless] }, 'hr.employees has no key'],
    ['a table without a live topic', { liveTopics: [] }, 'names no live topic for hr.employees'],
    [
      'a topic of two tables',
      { liveTopics: [live, { ...live, table: 'hr.departments' }] },
      'live.employees is of several tables',
    ],
    ['a topic of records that nobody here can write', { liveTopics: [{ ...live, unlike: 'Avro' }] }, 'Avro'],
    [
      'a format that is not the topic’s',
      {
        liveTopics: [{ ...live, format: { value: 'plain' }, rowFields: { id: 'number' } }],
        request: { kafka: { format: 'debezium' } },
      },
      'its records would not be like those of its live topic: its values are plain',
    ],
    [
      'rows with other fields than the topic’s',
      { liveTopics: [{ ...live, format: { value: 'plain' }, rowFields: { number: 'number' } }] },
      'have no field',
    ],
  ])('%s', (_what, given, reason) => {
    expect(fit(input(given))).toEqual({ fits: false, reason: expect.stringContaining(reason) });
  });
});

describe('the offer of a replay', () => {
  test('is one shard with a snapshot for each chunk, into the live topics', () => {
    expect(offer()).toMatchObject({
      consistency: 'snapshot-per-chunk',
      shards: [{ id: 's1', ranges: [1] }],
      concurrency: 1,
      liveTopics: [
        { table: 'hr.employees', topic: 'live.employees', partitions: 8, groups: [], format: { value: 'plain' } },
      ],
    });
    expect(offer()).not.toHaveProperty('awaitsConsumer');
  });

  test('says who will see it, and how far behind that is', () => {
    const groups = [
      { group: 'payroll', state: 'Stable', lag: 1_204 },
      { group: 'mailer', state: 'Empty', lag: 0 },
    ];
    expect(offer({ liveTopics: [{ ...live, groups }] }).reasons).toEqual([
      expect.stringMatching(/rows go into the live topics again.*this can't be undone/),
      'of live.employees these groups see them: payroll (Stable, 1,204 behind), mailer (Empty, 0 behind)',
      'at most 1,000 records a second, and none while a group other than mailer is more than 10,000 records behind',
    ]);
    expect(offer().reasons[1]).toBe(
      'of live.employees no consumer group has committed offsets; whoever follows it sees them',
    );
  });

  test('takes as long as its limit makes it: a thousand records a second when the request has none', () => {
    const tables = [plannedTable('hr.employees', { estimatedRows: 600_000 })];
    expect(offer({ tables }).estimate.seconds).toBeGreaterThan(600);
    const { seconds } = offer({ tables, request: { limits: { maxRecordsPerSecond: 100 } } }).estimate;
    expect(seconds).toBeGreaterThan(6_000);
  });
});
