import { describe, expect, test } from '@jest/globals';
import { fit } from '../../../src/load/kafka-topic/fit.ts';
import type { FitInput, Offer } from '../../../src/load/strategy.ts';
import { DEFAULT_CONNECTOR } from '../../../src/load/plan-format.ts';
import type { ColumnSurvey, KafkaSurvey, LiveTopic, TablePlan } from '../../../src/model.ts';
import { column, database, plannedTable, survey, table } from '../../plan/surveys.ts';
import { checkedRequest } from '../../request/requests.ts';

const GIGABYTE = 1_000_000_000;
const HOUR = 60;
const topics = { brokers: 'env:KAFKA', tables: { 'hr.employees': 'live.employees' }, consumerGroup: 'mailer' };
const kafka: KafkaSurvey = {
  brokers: 3,
  liveTopics: [{ table: 'hr.employees', topic: 'live.employees', partitions: 8 }],
};

interface Case {
  request?: Record<string, unknown>;
  tables?: TablePlan[];
  kafka?: KafkaSurvey | undefined;
  columns?: ColumnSurvey[];
  engine?: 'mysql';
  invocationSeconds?: number;
}

function input(given: Case = {}): FitInput {
  const {
    request = {},
    tables = [plannedTable('hr.employees')],
    columns = [column('id')],
    engine,
    invocationSeconds = 840,
  } = given;
  const quantiles = Array.from({ length: 255 }, (_, index) => [String(index)]);
  const surveyed = tables.map(({ source }) => table(source, columns, { key: ['id'], keyQuantiles: quantiles }));
  const found = survey(surveyed);
  return {
    request: checkedRequest({ target: undefined, topics, ...request }),
    survey: {
      ...found,
      source: database(surveyed, engine ? { engine } : {}),
      ...('kafka' in given ? given.kafka && { kafka: given.kafka } : { kafka }),
    },
    tables,
    invocationSeconds,
    deployment: { name: 'test' },
  };
}

function offer(given: Case = {}): Offer {
  const answer = fit(input(given));
  if (!answer.fits) throw new Error(answer.reason);
  return answer;
}

function keyless(more: Partial<TablePlan> = {}): TablePlan {
  const { key: _, keyTypes: __, ...rest } = plannedTable('hr.log', more);
  return rest;
}

describe('kafka-topic refuses', () => {
  test.each<[string, Case, string]>([
    ['a request with a target', { request: { target: { engine: 'postgres', connection: 'env:T' } } }, 'has a target'],
    ['another engine', { engine: 'mysql' }, 'it reads PostgreSQL, not mysql'],
    ['no table', { tables: [] }, 'no table to load'],
    ['rows that are kept', { request: { onFailure: 'keep' } }, 'onFailure is "keep"'],
    ['brokers that nobody asked', { kafka: undefined }, 'no broker was surveyed'],
    [
      'records that go before the load may end',
      { request: { kafka: { retentionHours: 3 }, limits: { deadlineMinutes: 3 * HOUR + 1 } } },
      'kafka.retentionHours (3) is shorter than limits.deadlineMinutes',
    ],
    ['what it can not compute', { request: { transform: { 'hr.employees': { derive: { a: '1' } } } } }, 'not derive'],
    [
      'a table without a key that takes longer than an invocation',
      { tables: [keyless({ estimatedBytes: 30 * GIGABYTE })] },
      'hr.log has no key',
    ],
    [
      'one that takes longer because of the request’s own limit',
      { tables: [keyless({ estimatedRows: 10_000 })], request: { limits: { maxRecordsPerSecond: 10 } } },
      'hr.log has no key',
    ],
    [
      'one that takes longer because of its other limit',
      { tables: [keyless({ estimatedBytes: GIGABYTE })], request: { limits: { maxBytesPerSecond: 1_000_000 } } },
      'hr.log has no key',
    ],
    [
      'one that takes longer than a transaction may be open, however long an invocation is',
      { tables: [keyless({ estimatedBytes: 100 * GIGABYTE })], invocationSeconds: 1e6 },
      'hr.log has no key',
    ],
  ])('%s', (_what, given, reason) => {
    const answer = fit(input(given));
    expect(answer.fits ? 'it fits' : answer.reason).toContain(reason);
  });
});

describe('the topics of a load', () => {
  const topicOf = (given: Case) => offer(given).topics![0];

  test('have as many partitions as the live topic, so that keys land alike', () => {
    expect(topicOf({})).toMatchObject({ table: 'hr.employees', partitions: 8, replicas: 3 });
  });

  test('have as many as the table’s size asks for where there is no live topic, and twelve at most', () => {
    const none = { brokers: 3, liveTopics: [] };
    const sized = (bytes: number) =>
      topicOf({ kafka: none, tables: [plannedTable('hr.employees', { estimatedBytes: bytes })] })!.partitions;
    expect([0, 1, 256 * 1024 ** 2, GIGABYTE, 100 * GIGABYTE].map(sized)).toEqual([1, 1, 1, 4, 12]);
  });

  test('have no more replicas than there are brokers', () => {
    expect(topicOf({ kafka: { ...kafka, brokers: 2 } })).toMatchObject({ replicas: 2 });
  });

  test('have what the request says, whatever else there is', () => {
    const settings = { partitions: 5, replicationFactor: 2, retentionHours: 9 };
    const request = { kafka: settings, limits: { deadlineMinutes: 9 * HOUR } };
    expect(topicOf({ request })).toMatchObject({
      table: 'hr.employees',
      partitions: 5,
      replicas: 2,
      retentionHours: 9,
    });
  });

  test('keep their records a day longer than the load may take', () => {
    expect(topicOf({ request: { limits: { deadlineMinutes: 90 } } })).toMatchObject({ retentionHours: 26 });
  });
});

describe('the plan', () => {
  test('awaits its consumer, and reads all from one snapshot while that fits one invocation', () => {
    expect(offer()).toMatchObject({ awaitsConsumer: true, consistency: 'one-snapshot', concurrency: 1, workers: 1 });
    expect(offer().shards).toHaveLength(1);
  });

  test('cuts what does not fit into shards, as many at once as the source has connections for', () => {
    const tables = [plannedTable('hr.employees', { estimatedBytes: 100 * GIGABYTE, estimatedRows: 1e8 })];
    const big = offer({ tables, request: { limits: { maxSourceConnections: 3 } } });
    expect(big).toMatchObject({ consistency: 'snapshot-per-chunk', concurrency: 3 });
    expect(big.shards.length).toBeGreaterThan(3);
    expect(big.shards.flatMap(({ ranges }) => ranges).toSorted((one, other) => one - other)).toEqual(
      big.ranges.map(({ id }) => id),
    );
  });

  test('estimates longer, and costs more, with more rows and with lower limits', () => {
    const estimated = (given: Case) => offer(given).estimate;
    const tables = [plannedTable('hr.employees', { estimatedRows: 1e6, estimatedBytes: GIGABYTE })];
    const usual = estimated({ tables });
    expect(usual.seconds).toBeGreaterThan(estimated({}).seconds);
    expect(usual.costUsd).toBeGreaterThan(0);
    for (const limits of [{ maxRecordsPerSecond: 1_000 }, { maxBytesPerSecond: 100_000 }]) {
      const slower = estimated({ tables, request: { limits } });
      expect(slower.seconds).toBeGreaterThanOrEqual(1_000);
      expect(slower.costUsd).toBeGreaterThan(usual.costUsd);
    }
  });
});

describe('the records of a topic are written', () => {
  const connector = { ...DEFAULT_CONNECTOR, decimals: 'string' as const, name: 'live' };
  const like: Partial<LiveTopic> = {
    format: { value: 'debezium', connector },
    keyFields: { id: 'number' },
    rowFields: { id: 'number' },
  };
  const beside = (live: Partial<LiveTopic>, format?: string, columns = [column('id')]): Case => ({
    ...(format !== undefined && { request: { kafka: { format } } }),
    kafka: { brokers: 3, liveTopics: [{ ...kafka.liveTopics[0]!, ...live }] },
    columns,
    tables: [plannedTable('hr.employees', { columns: columns.map(({ name }) => ({ source: name, target: name })) })],
  });
  const formatOf = (given: Case) => offer(given).topics![0]!.format;
  const plain = { value: 'plain' };

  test.each<[string, Case, unknown]>([
    ['plain without a live topic', { kafka: { brokers: 3, liveTopics: [] } }, plain],
    ['plain where the live topic tells nothing', beside({}), plain],
    ['as the live topic’s', beside(like), like.format],
    ['as the live topic’s, when that is asked for', beside(like, 'debezium'), like.format],
    [
      'by Debezium’s defaults without a live topic',
      { ...beside({}, 'debezium') },
      { value: 'debezium', connector: DEFAULT_CONNECTOR },
    ],
    ['plain in spite of the live topic', beside(like, 'plain'), plain],
    ['plain in spite of what is unknown', beside({ unlike: 'it is Avro' }, 'plain'), plain],
    [
      'as asked for in spite of odd keys',
      beside({ ...like, unlike: 'its records have no key' }, 'debezium'),
      like.format,
    ],
  ])('%s', (_what, given, format) => {
    expect(formatOf(given)).toEqual(format);
  });

  test('with a word in the plan where the consumer must know', () => {
    const said = (given: Case) => offer(given).reasons.join('\n');
    expect(said(beside(like))).toContain("hr.employees is written in Debezium's envelope, as live.employees is");
    expect(said(beside(like, 'plain'))).toContain(
      "hr.employees is written plain, and its keys may land elsewhere than in live.employees: its values are in Debezium's envelope",
    );
    expect(said(beside({ unlike: 'it is Avro' }, 'plain'))).toContain('than in live.employees: it is Avro');
    expect(said(beside({ format: { value: 'plain' }, rowFields: { id: 'number' } }))).not.toContain('is written');
  });

  test.each<[string, Case, string]>([
    [
      'unlike what is known',
      beside({ unlike: 'it is Avro' }),
      'live.employees is not written in a way that is known here: it is Avro; kafka.format',
    ],
    [
      'of a type that Debezium leaves out',
      beside(like, undefined, [column('id'), column('at', 'pg_lsn')]),
      'leave out the column at',
    ],
    [
      'of such a type, by its defaults',
      beside({}, 'debezium', [column('id'), column('at', 'point')]),
      "Debezium's format of point is not written here",
    ],
    [
      'of another kind',
      beside({ ...like, rowFields: { id: 'string' } }),
      'id is string in live.employees, and would be number',
    ],
    [
      'of another kind in keys',
      beside({ ...like, keyFields: { id: 'string' } }),
      'id is string in keys of live.employees',
    ],
    [
      'of another kind, plain',
      beside({ format: { value: 'plain' }, rowFields: { id: 'string' } }),
      'would be number; kafka.format',
    ],
    [
      'of a field that is not published',
      beside(like, undefined, [column('id'), column('pin')]),
      'records of live.employees have no field pin',
    ],
    [
      'of other fields than the schema’s',
      beside({
        ...like,
        format: {
          ...like.format!,
          valueSchema: schemaOf([
            ['id', 'int32'],
            ['name', 'string'],
          ]),
        },
      }),
      'schema has the fields id, name, and these would be id',
    ],
    [
      'of another type than the schema’s',
      beside({ ...like, format: { ...like.format!, valueSchema: schemaOf([['id', 'int64']]) } }),
      'schema has id as int64, and it would be int32',
    ],
  ])('but not %s: that is refused', (_what, given, reason) => {
    const answer = fit(input(given));
    expect(answer.fits ? 'it fits' : answer.reason).toContain(reason);
  });

  function schemaOf(fields: [name: string, type: string][]): string {
    const after = { field: 'after', fields: fields.map(([field, type]) => ({ field, type })) };
    return `{"schema":${JSON.stringify({ fields: [{ field: 'before' }, after] })},"payload":`;
  }
});
