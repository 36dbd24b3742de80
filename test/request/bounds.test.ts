import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { assertWithinBounds, unbounded, type Bounds } from '../../src/request/bounds.ts';
import { parseRequest } from '../../src/request/parse.ts';

const bounds: Bounds = {
  secrets: ['hr/*', 'mailer/database', 'ssm:/loads/*'],
  databaseHosts: ['*.cluster.internal'],
  webhookHosts: ['hooks.example.com'],
  topicArns: ['arn:aws:sns:*:123456789012:loads-*'],
  queueUrls: ['https://sqs.eu-central-1.amazonaws.com/123456789012/*'],
  busNames: ['default', 'orders'],
  replicationInstances: ['arn:aws:dms:eu-central-1:123456789012:rep:shared-*'],
  subnetGroups: ['migrations'],
  kafkaClusters: ['arn:aws:kafka:eu-central-1:123456789012:cluster/events/*'],
  replayTopics: ['live.*'],
  targetUris: ['s3://exports/*'],
  scripts: ['s3://modules/mailer/*'],
  environmentReferences: false,
};

function request({
  source = 'hr/database',
  target = 'mailer/database',
  notify = [],
  brokers,
  replayInto,
  dms,
  files,
  script,
}: {
  source?: unknown;
  target?: unknown;
  notify?: unknown[];
  brokers?: string;
  replayInto?: string;
  dms?: unknown;
  files?: string;
  script?: string;
}) {
  return parseRequest({
    dataset: 'employees',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: source, tables: ['hr.employees'] },
    target: files === undefined ? { engine: 'postgres', connection: target } : { engine: 's3', uri: files },
    ...(script !== undefined && { transform: { script } }),
    ...(brokers !== undefined && { topics: { brokers, tables: { 'hr.employees': 'hr.employees' } } }),
    ...(replayInto !== undefined && {
      strategy: 'replay',
      acceptReplay: true,
      topics: { brokers: 'hr/brokers', tables: { 'hr.employees': replayInto } },
    }),
    notify,
    dms,
  });
}

const INSTANCES = 'arn:aws:dms:eu-central-1:123456789012:rep';
const webhook = { channel: 'webhook', url: 'https://hooks.example.com/x', secret: 'hr/hook' };

describe('allowed', () => {
  test.each<[string, Parameters<typeof request>[0]]>([
    ['secrets by name and by pattern', {}],
    ['a parameter', { source: 'ssm:/loads/hr' }],
    ['a host beside a secret', { source: { secret: 'hr/database', host: 'replica.cluster.internal' } }],
    ['the default bus', { notify: [{ channel: 'eventbridge' }] }],
    ['another bus', { notify: [{ channel: 'eventbridge', busName: 'orders' }] }],
    ['a topic', { notify: [{ channel: 'sns', topicArn: 'arn:aws:sns:eu-central-1:123456789012:loads-mailer' }] }],
    ['a queue', { notify: [{ channel: 'sqs', queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/q' }] }],
    ['a webhook', { notify: [webhook] }],
    ['brokers behind a secret', { brokers: 'hr/brokers' }],
    ['a replication instance', { dms: { replicationInstanceArn: `${INSTANCES}:shared-1` } }],
    ['a subnet group', { dms: { subnetGroup: 'migrations' } }],
    ['files', { files: 's3://exports/employees' }],
    ['a module', { script: 's3://modules/mailer/transform.py' }],
    ['a live topic to replay into', { replayInto: 'live.employees' }],
    ['an MSK cluster', { brokers: 'arn:aws:kafka:eu-central-1:123456789012:cluster/events/b-3' }],
  ])('%s', (_what, parts) => {
    expect(() => assertWithinBounds(request(parts), bounds)).not.toThrow();
  });
});

describe('refused by its field', () => {
  test.each<[string, Parameters<typeof request>[0], string]>([
    ['a foreign source', { source: 'payroll/database' }, 'source.connection'],
    ['a foreign target', { target: 'mailer/database-of-others' }, 'target.connection'],
    [
      'a foreign secret behind an allowed host',
      { source: { secret: 'x', host: 'a.cluster.internal' } },
      'source.connection.secret',
    ],
    [
      'a host that would get the password',
      { target: { secret: 'mailer/database', host: 'evil.example' } },
      'target.connection.host',
    ],
    [
      'a host that only ends like an allowed one',
      { source: { secret: 'hr/a', host: 'a.cluster.internal.evil' } },
      'source.connection.host',
    ],
    ['an environment variable', { source: 'env:SOURCE_URL' }, 'source.connection'],
    ['brokers in an environment variable', { brokers: 'env:BROKERS' }, 'topics.brokers'],
    [
      'an MSK cluster of others',
      { brokers: 'arn:aws:kafka:eu-central-1:123456789012:cluster/payroll/b-3' },
      'topics.brokers',
    ],
    [
      'an MSK cluster of another account',
      { brokers: 'arn:aws:kafka:eu-central-1:210987654321:cluster/events/b-3' },
      'topics.brokers',
    ],
    [
      'what is not quite the ARN of a cluster',
      { brokers: 'arn:aws:kafka:eu-central-1:123456789012:cluster/events' },
      'topics.brokers',
    ],
    ['a live topic of others to replay into', { replayInto: 'payroll.salaries' }, 'topics.tables["hr.employees"]'],
    ['brokers of one’s own', { brokers: 'evil.example' }, 'topics.brokers'],
    ['a foreign bus', { notify: [{ channel: 'eventbridge', busName: 'others' }] }, 'notify[0].busName'],
    [
      'a topic of another account',
      { notify: [{ channel: 'sns', topicArn: 'arn:aws:sns:eu-central-1:210987654321:loads-a' }] },
      'notify[0].topicArn',
    ],
    [
      'a queue elsewhere',
      { notify: [{ channel: 'sqs', queueUrl: 'https://evil.example/123456789012/q' }] },
      'notify[0].queueUrl',
    ],
    [
      'a webhook elsewhere',
      { notify: [{ channel: 'eventbridge' }, { ...webhook, url: 'https://evil.example/' }] },
      'notify[1].url',
    ],
    [
      'an instance of others',
      { dms: { replicationInstanceArn: `${INSTANCES}:payroll` } },
      'dms.replicationInstanceArn',
    ],
    ['a subnet group of others', { dms: { subnetGroup: 'payroll' } }, 'dms.subnetGroup'],
    ['files elsewhere', { files: 's3://exports-of-others/employees' }, 'target.uri'],
    ['a module of others', { script: 's3://modules/payroll/transform.py' }, 'transform.script'],
    ['a module beside an allowed folder', { script: 's3://modules/mailer.py' }, 'transform.script'],
    ['a module of the machine itself', { script: '/srv/transform.py' }, 'transform.script'],
    ['a foreign secret that signs', { notify: [{ ...webhook, secret: 'payroll/key' }] }, 'notify[0].secret'],
  ])('%s', (_what, parts, field) => {
    const checked = () => assertWithinBounds(request(parts), bounds);
    expect(checked).toThrow(RequestError);
    expect(checked).toThrow(expect.objectContaining({ field }));
  });

  test('with what would be allowed', () => {
    const checked = () => assertWithinBounds(request({ source: 'payroll/database' }), bounds);
    expect(checked).toThrow('Allowed secrets: hr/*, mailer/database, ssm:/loads/*.');
  });
});

test('signs in a pattern other than * stand for themselves', () => {
  const only = { ...bounds, busNames: ['a.b+c'] };
  const withBus = (busName: string) => request({ notify: [{ channel: 'eventbridge', busName }] });
  expect(() => assertWithinBounds(withBus('a.b+c'), only)).not.toThrow();
  expect(() => assertWithinBounds(withBus('axbbc'), only)).toThrow(RequestError);
});

test('a local run may name what it likes', () => {
  const parts = {
    source: 'env:SOURCE_URL',
    target: { secret: 'x', host: 'anywhere' },
    notify: [webhook],
    brokers: 'env:B',
  };
  for (const more of [{ files: 's3://anywhere' }, { script: 'here/transform.py' }]) {
    expect(() => assertWithinBounds(request({ ...parts, ...more }), unbounded)).not.toThrow();
  }
  for (const dms of [{ replicationInstanceArn: `${INSTANCES}:mine` }, { subnetGroup: 'mine' }]) {
    expect(() => assertWithinBounds(request({ ...parts, dms }), unbounded)).not.toThrow();
  }
});
