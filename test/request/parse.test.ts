import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { parseRequest, parseRequestText } from '../../src/request/parse.ts';
import { checkedRequest, writtenRequest } from './requests.ts';

/** The error of a request that must be refused. */
function refusal(parse: () => unknown): RequestError {
  try {
    parse();
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error('The request was accepted.');
}
const source = (fields: object) => writtenRequest({ source: { ...(writtenRequest()['source'] as object), ...fields } });
const target = (fields: object) => writtenRequest({ target: { ...(writtenRequest()['target'] as object), ...fields } });
const webhook = (url: string) => writtenRequest({ notify: [{ channel: 'webhook', url, secret: 'env:KEY' }] });
const where = (...conditions: unknown[]) => source({ tables: [{ name: 'hr.employees', where: conditions }] });

describe('a right request', () => {
  test('gets every default', () => {
    expect(checkedRequest()).toMatchObject({
      version: 1,
      strategy: 'auto',
      verify: 'counts',
      onFailure: 'discard',
      notify: [],
      limits: { deadlineMinutes: 240, maxSourceConnections: 4 },
      target: { ifNotEmpty: 'fail', tables: {} },
    });
  });

  test('has one name for a table however it was written', () => {
    const request = checkedRequest({
      source: {
        engine: 'postgres',
        connection: 'env:A',
        tables: ['"hr"."employees"', { name: '"hr"."Big Table"' }, '"HR".*'],
      },
      target: {
        engine: 'postgres',
        connection: 'env:B',
        tables: { '"hr".employees': 'public."employees"', '"HR".*': '"public".*' },
      },
      transform: {
        '"hr"."employees"': { drop: ['ssn'] },
        '"HR".orders': { drop: ['note'] },
        script: 's3://bucket/script.py',
      },
    });
    expect(request.source.tables).toEqual(['hr.employees', { name: 'hr."Big Table"' }, '"HR".*']);
    expect(request.target).toMatchObject({ tables: { 'hr.employees': 'public.employees', '"HR".*': 'public.*' } });
    expect(Object.keys(request.transform ?? {})).toEqual(['hr.employees', '"HR".orders', 'script']);
  });

  test('may name a table beside its schema, to say more about it', () => {
    const { tables } = checkedRequest(source({ tables: ['hr.*', { name: 'hr.employees', columns: ['id'] }] })).source;
    expect(tables).toHaveLength(2);
  });
});

describe('what is no request at all', () => {
  test.each([
    ['a string', 'x'],
    ['an array', []],
    ['null', null],
    ['a number', 5],
    ['nothing', undefined],
  ])('%s is refused as such', (kind, input) => {
    expect(refusal(() => parseRequest(input)).message).toContain(`request: it is ${kind}, but must be an object`);
  });
});

describe('a wrong field is named by its path, with its value, what is wrong and what to do', () => {
  test.each([
    [
      'a missing field',
      writtenRequest({ dataset: undefined }),
      'dataset: it is missing. Expected: the name under which',
    ],
    [
      'a near miss of a field',
      source({ tables: [{ name: 'hr.e', wher: [] }] }),
      'source.tables[0].wher: there is no such field. Did you mean "where"?',
    ],
    [
      'a typo before what it left missing',
      target({ connection: undefined, conection: 'x' }),
      'target.conection: there is no such field. Did you mean "connection"?',
    ],
    [
      'a field like no other',
      writtenRequest({ colour: 'red' }),
      'colour: there is no such field. The fields here are version, dataset',
    ],
    [
      'a near miss of an engine',
      source({ engine: 'postgresql' }),
      'source.engine ("postgresql"): it is none of postgres, mysql, mariadb, oracle, sqlserver. Did you mean "postgres"?',
    ],
    ['an unknown engine', target({ engine: 'db2' }), 'target.engine ("db2"): it is none of postgres'],
    [
      'an unknown channel',
      writtenRequest({ notify: [{ channel: 'webhok' }] }),
      'notify[0].channel ("webhok"): it is none of eventbridge, sns, sqs, webhook. Did you mean "webhook"?',
    ],
    [
      "another channel's field",
      writtenRequest({ notify: [{ channel: 'eventbridge', url: 'x' }] }),
      'notify[0].url: it does not go together with the fields beside it',
    ],
    ['another version', writtenRequest({ version: 2 }), 'version (2): only 1 is possible here'],
    [
      'a string for a number',
      writtenRequest({ limits: { maxCostUsd: '5' } }),
      'limits.maxCostUsd ("5"): it is a string, but must be a number',
    ],
    [
      'a fraction',
      writtenRequest({ limits: { deadlineMinutes: 1.5 } }),
      'limits.deadlineMinutes (1.5): it must be a whole number',
    ],
    [
      'too small a number',
      writtenRequest({ limits: { maxCostUsd: 0 } }),
      'limits.maxCostUsd (0): it must be more than 0',
    ],
    [
      'too big a number',
      writtenRequest({ limits: { deadlineMinutes: 20_161 } }),
      'limits.deadlineMinutes (20161): it must be at most 20160',
    ],
    ['no tables', source({ tables: [] }), 'source.tables: it is empty'],
    ['a table of the wrong kind', source({ tables: [5] }), 'source.tables[0] (5): it is a number'],
    [
      'a table without a schema',
      source({ tables: ['employees'] }),
      'source.tables[0] ("employees"): it is not a table\'s name. Write schema.table',
    ],
    [
      'capitals without quotes',
      source({ tables: [{ name: 'HR.employees' }] }),
      'source.tables[0].name ("HR.employees"): it is not a table\'s name',
    ],
    [
      'a wildcard where one table belongs',
      source({ tables: [{ name: 'hr.*' }] }),
      'source.tables[0].name ("hr.*"): one table must be named here',
    ],
    [
      'a condition of no kind',
      where({ column: 'active' }),
      'source.tables[0].where[0]: it is an object, which fits nothing',
    ],
    [
      'two conditions in one',
      where({ column: 'id', atLeast: 1, atMost: 2 }),
      'does not go together with the fields beside it. Expected: a column and one of is, isNot, atLeast, atMost',
    ],
    [
      'a condition with a wrong value',
      where({ column: 'id', is: {} }),
      'source.tables[0].where[0].is: it is an object',
    ],
    [
      'a number that JSON has rounded',
      where({ column: 'id', is: Number('9007199254740993') }),
      'source.tables[0].where[0] (9007199254740992): JSON numbers of this size are rounded',
    ],
    [
      'a field of a table in quotes',
      writtenRequest({ transform: { 'hr.employees': { renam: {} } } }),
      'transform["hr.employees"].renam: there is no such field. Did you mean "rename"?',
    ],
  ])('%s', (_case, input, message) => {
    expect(refusal(() => parseRequest(input)).message).toContain(message);
  });
});

describe('fields that contradict each other', () => {
  const INSTANCE = 'arn:aws:dms:eu-west-1:123456789012:rep:HR-1';
  const s3 = { engine: 's3', uri: 's3://bucket/prefix' };
  const topics = { brokers: 'env:KAFKA_BROKERS', tables: { 'hr.employees': 'hr.employees' } };
  const signals = { table: 'public.debezium_signal', notifications: 'debezium-notifications' };

  test.each([
    ['rows that go nowhere', writtenRequest({ target: undefined }), 'target', 'neither target nor topics'],
    [
      'a replay that nobody accepted',
      writtenRequest({ strategy: 'replay', topics }),
      'acceptReplay',
      '"acceptReplay": true',
    ],
    [
      'a replay that was declined',
      writtenRequest({ strategy: 'replay', topics, acceptReplay: false }),
      'acceptReplay',
      'false',
    ],
    [
      'signals for another strategy',
      writtenRequest({ topics: { ...topics, signals } }),
      'topics.signals',
      'with strategy "replay" only',
    ],
    [
      'signals for a connector of MySQL',
      writtenRequest({
        strategy: 'replay',
        acceptReplay: true,
        target: undefined,
        topics: { ...topics, signals },
        source: { engine: 'mysql', connection: 'env:SOURCE_URL', tables: ['hr.employees'] },
      }),
      'source.engine',
      'cannot be asked for a snapshot yet',
    ],
    [
      'a replay without topics',
      writtenRequest({ strategy: 'replay', acceptReplay: true }),
      'topics',
      'publishes to topics',
    ],
    [
      'checksums of what a connector publishes',
      writtenRequest({
        strategy: 'replay',
        acceptReplay: true,
        target: undefined,
        topics: { ...topics, signals: { table: 'public.signals', notifications: 'notes' } },
        verify: 'checksums',
      }),
      'verify',
      'what a connector publishes has no checksum',
    ],
    [
      'a replay with settings of temporary topics',
      writtenRequest({ strategy: 'replay', acceptReplay: true, topics, kafka: { retentionHours: 3 } }),
      'kafka.retentionHours',
      'a setting of temporary topics',
    ],
    [
      'a limit on lag without a replay',
      writtenRequest({ limits: { maxConsumerLag: 5 } }),
      'limits.maxConsumerLag',
      'only a replay pauses',
    ],
    [
      'checksums of a database',
      writtenRequest({ verify: 'checksums' }),
      'verify',
      'checksums are compared for topics only',
    ],
    [
      'a replication topic without topics',
      writtenRequest({ strategy: 'kafka-topic' }),
      'topics',
      'publishes to topics',
    ],
    [
      'files by another strategy than glue',
      writtenRequest({ strategy: 'dms', target: s3 }),
      'strategy',
      'only "glue" writes to S3',
    ],
    [
      'settings of another strategy',
      writtenRequest({ strategy: 'direct', dms: {} }),
      'dms',
      'settings of strategy "dms"',
    ],
    [
      'an instance for what runs on none',
      writtenRequest({ dms: { mode: 'serverless', replicationInstanceArn: INSTANCE } }),
      'dms.replicationInstanceArn',
      'runs on no replication instance',
    ],
    [
      'a class of instance for what runs on none',
      writtenRequest({ dms: { mode: 'serverless', replicationInstanceClass: 'dms.t3.medium' } }),
      'dms.replicationInstanceClass',
      'runs on no replication instance',
    ],
    [
      'an assessment of what is no task',
      writtenRequest({ dms: { mode: 'serverless', assessment: true } }),
      'dms.assessment',
      'of a replication task',
    ],
    [
      'a class for an instance that is there',
      writtenRequest({ dms: { replicationInstanceArn: INSTANCE, replicationInstanceClass: 'dms.t3.medium' } }),
      'dms.replicationInstanceClass',
      'names one that is there',
    ],
    [
      'a subnet group for an instance that is there',
      writtenRequest({ dms: { replicationInstanceArn: INSTANCE, subnetGroup: 'private' } }),
      'dms.subnetGroup',
      'names one that is there',
    ],
    [
      'an endpoint where an instance belongs',
      writtenRequest({ dms: { replicationInstanceArn: 'arn:aws:dms:eu-west-1:123456789012:endpoint:HR' } }),
      'dms.replicationInstanceArn',
      'must be the ARN of a replication instance',
    ],
    [
      "another service's class of instance",
      writtenRequest({ dms: { replicationInstanceClass: 'db.t3.medium' } }),
      'dms.replicationInstanceClass',
      'must be the class of a replication instance',
    ],
    [
      'a subnet where a group of them belongs',
      writtenRequest({ dms: { subnetGroup: 'subnet-1,subnet-2' } }),
      'dms.subnetGroup',
      'must be letters',
    ],
    [
      'a column both cast and masked',
      writtenRequest({ transform: { 'hr.employees': { cast: { ssn: 'int' }, mask: ['ssn'] } } }),
      'transform["hr.employees"].mask',
      'Remove it from cast or from mask',
    ],
    ...(['rename', 'cast', 'mask'] as const).map((step): [string, Record<string, unknown>, string, string] => [
      `a ${step} of what is dropped`,
      writtenRequest({
        transform: { 'hr.employees': { drop: ['ssn'], [step]: step === 'mask' ? ['ssn'] : { ssn: 'int' } } },
      }),
      `transform["hr.employees"].${step}`,
      'the column is dropped as well',
    ]),
    ...['s3://modules/x.scala', 's3://x.py', 'transform', ''].map(
      (script): [string, Record<string, unknown>, string, string] => [
        `no module ("${script}")`,
        writtenRequest({ transform: { script } }),
        'transform.script',
        'must be s3://bucket/….py, or a file ….py',
      ],
    ),
    ...['exports/../others', '..', './a', 'a//b', '/a', 'a b', 'a%2fb', 'a?', 'ä', 'a/*'].map(
      (prefix): [string, Record<string, unknown>, string, string] => [
        `files that Spark might write elsewhere (${prefix})`,
        writtenRequest({ target: { ...s3, uri: `s3://bucket/${prefix}` } }),
        'target.uri',
        'without an empty step, . or ..',
      ],
    ),
    ...['G.025X', 'Z.2X', 'Standard', 'G.1'].map((workerType): [string, Record<string, unknown>, string, string] => [
      `a worker that no such job has (${workerType})`,
      writtenRequest({ glue: { workerType } }),
      'glue.workerType',
      'it is none of G.1X, G.2X',
    ]),
    ['a single worker', writtenRequest({ glue: { numberOfWorkers: 1 } }), 'glue.numberOfWorkers', 'at least 2'],
    [
      'more workers than there may be',
      writtenRequest({ glue: { numberOfWorkers: 300 } }),
      'glue.numberOfWorkers',
      'at most 299',
    ],
    [
      'more time than Glue gives a job',
      writtenRequest({ glue: { timeoutMinutes: 10_080 } }),
      'glue.timeoutMinutes',
      'at most 10079',
    ],
    ['an upsert to be discarded', target({ ifNotEmpty: 'upsert' }), 'onFailure', '"onFailure": "keep"'],
    [
      'a load into itself',
      target({ connection: 'env:SOURCE_URL' }),
      'target.connection',
      'hr.employees would be loaded into itself',
    ],
    [
      'a table named twice',
      source({ tables: ['hr.employees', '"hr"."employees"'] }),
      'source.tables[1]',
      'named twice',
    ],
    [
      'a column named twice',
      source({ tables: [{ name: 'hr.e', columns: ['id', 'id'] }] }),
      'source.tables[0].columns',
      'named twice',
    ],
    [
      'two tables into one',
      target({ tables: { 'hr.employees': 'public.x', 'hr.departments': 'public.x' } }),
      'target.tables["hr.departments"]',
      'hr.employees goes into the same',
    ],
    [
      'a schema into a table',
      {
        ...source({ tables: ['hr.*'] }),
        target: { engine: 'postgres', connection: 'env:B', tables: { 'hr.*': 'public.x' } },
      },
      'target.tables["hr.*"]',
      'a whole schema',
    ],
    [
      'a target for a table that is not loaded',
      target({ tables: { 'hr.employee': 'public.x' } }),
      'target.tables["hr.employee"]',
      'Did you mean "hr.employees"?',
    ],
    [
      'a transformation of a table that is not loaded',
      writtenRequest({ transform: { 'sales.orders': {} } }),
      'transform["sales.orders"]',
      'does not load this table',
    ],
    [
      'a topic for a table that is not loaded',
      writtenRequest({ topics: { ...topics, tables: { 'sales.orders': 'x' } } }),
      'topics.tables["sales.orders"]',
      'does not load this table',
    ],
    ['plain http to another host', webhook('http://example.com/hook'), 'notify[0].url', 'plain http to example.com'],
    ['a scheme that is not for the web', webhook('ftp://example.com/hook'), 'notify[0].url', 'ftp: is not https:'],
  ])('%s', (_case, input, field, part) => {
    const error = refusal(() => parseRequest(input));
    expect(error.field).toBe(field);
    expect(error.message).toContain(part);
  });

  test.each([
    [
      'a given instance, assessed first',
      writtenRequest({ dms: { replicationInstanceArn: INSTANCE, assessment: true } }),
    ],
    [
      'serverless, not assessed',
      writtenRequest({ dms: { mode: 'serverless', assessment: false, subnetGroup: 'private' } }),
    ],
    ['a module in S3', writtenRequest({ transform: { script: 's3://modules/mailer/transform.py' } })],
    ['a module here', writtenRequest({ transform: { script: './transform.py' } })],
    [
      'what is made of a dropped column',
      writtenRequest({
        transform: { 'hr.employees': { drop: ['ssn'], derive: { s: 'ssn' }, deduplicate: { key: ['ssn'] } } },
      }),
    ],
    ['a folder of dots', writtenRequest({ target: { ...s3, uri: 's3://bucket/.hidden/..a/b.' } })],
    ['files by glue', writtenRequest({ strategy: 'glue', target: s3 })],
    ['checksums of topics', writtenRequest({ verify: 'checksums', target: undefined, topics })],
    ['a replay that is accepted', writtenRequest({ strategy: 'replay', acceptReplay: true, topics })],
    ['a replay by signals', writtenRequest({ strategy: 'replay', acceptReplay: true, topics: { ...topics, signals } })],
    ['topics without a target', writtenRequest({ target: undefined, topics })],
    ['settings for whatever auto may choose', writtenRequest({ dms: {}, glue: {}, direct: { chunkRows: 5 } })],
    [
      'kafka settings of a replication topic',
      writtenRequest({ strategy: 'kafka-topic', topics, kafka: { partitions: 3 } }),
    ],
    ['an upsert that keeps', { ...target({ ifNotEmpty: 'upsert' }), onFailure: 'keep' }],
    [
      'another table of the same database',
      target({
        connection: 'env:SOURCE_URL',
        tables: { 'hr.*': undefined, 'hr.employees': 'mailer.e', 'hr.departments': 'mailer.d' },
      }),
    ],
    ['plain http to this machine', webhook('http://127.0.0.1:8080/hook')],
    ['plain http to this machine by name', webhook('http://localhost/hook')],
    ['plain http to this machine by IPv6', webhook('http://[::1]:8080/hook')],
  ])('%s is no contradiction', (_case, input) => {
    expect(() => parseRequest(JSON.parse(JSON.stringify(input)))).not.toThrow();
  });
});

describe('a credential in the wrong place', () => {
  const URL_WITH_PASSWORD = 'postgres://hr:hunter2@db.example.com/hr';
  test.each([
    ['as the connection', source({ connection: URL_WITH_PASSWORD })],
    ["as the connection's secret", source({ connection: { secret: URL_WITH_PASSWORD } })],
    ['as connection words', source({ connection: 'host=db user=hr password=hunter2' })],
    ['as a port', source({ connection: { secret: 'hr', port: 'hunter2' } })],
    ['beside the connection', source({ password: 'hunter2' })],
    ['inside the connection', source({ connection: { secret: 'hr', password: 'hunter2' } })],
    ['as the whole source', writtenRequest({ source: URL_WITH_PASSWORD })],
    ['as a name', writtenRequest({ dataset: URL_WITH_PASSWORD })],
    ['as the name of a field', writtenRequest({ [URL_WITH_PASSWORD]: 1 })],
    ['as a table', source({ tables: [URL_WITH_PASSWORD] })],
    ['in a table of the target', target({ tables: { [URL_WITH_PASSWORD]: 'public.x' } })],
    ['in an engine', source({ engine: URL_WITH_PASSWORD })],
    [
      'in a webhook',
      writtenRequest({ notify: [{ channel: 'webhook', url: 'https://me:hunter2@example.com', secret: 'env:KEY' }] }),
    ],
    [
      'as the secret that signs',
      writtenRequest({ notify: [{ channel: 'webhook', url: 'https://example.com', secret: 'key: hunter2' }] }),
    ],
    ['as a queue', writtenRequest({ notify: [{ channel: 'sqs', queueUrl: 'https://me:hunter2@example.com' }] })],
    ['as the request', URL_WITH_PASSWORD],
  ])('%s is refused and not repeated', (_case, input) => {
    expect(refusal(() => parseRequest(input)).message).not.toContain('hunter2');
  });

  test('as a connection is called what it is: no reference', () => {
    const error = refusal(() => parseRequest(source({ connection: URL_WITH_PASSWORD })));
    expect(error.field).toBe('source.connection');
    expect(error.message).toContain('not a reference');
  });

  test('in text that is not even JSON is not repeated', () => {
    expect(refusal(() => parseRequestText(`{"connection": ${URL_WITH_PASSWORD}}`)).message).not.toContain('hunter2');
  });
});
