import { describe, expect, test } from '@jest/globals';
import { environmentVariable, machineArns, readConfig, readGlueDeployment } from '../src/config.ts';

const needed = { LOAD_STORE: 's3://loads', DEPLOYMENT: 'initial-load-dev' };
const arn = (name: string) => `arn:aws:states:eu-central-1:123456789012:stateMachine:initial-load-dev-${name}`;

test('a deployment that names nothing allows nothing', () => {
  expect(readConfig(needed)).toEqual({
    storeAddress: 's3://loads',
    keepHours: 72,
    bounds: {
      secrets: [],
      databaseHosts: [],
      webhookHosts: [],
      topicArns: [],
      queueUrls: [],
      busNames: [],
      replicationInstances: [],
      subnetGroups: [],
      kafkaClusters: [],
      replayTopics: [],
      targetUris: [],
      scripts: [],
      environmentReferences: false,
    },
    deployment: { name: 'initial-load-dev' },
  });
});

test('what a deployment says is read', () => {
  const config = readConfig({
    ...needed,
    KEEP_HOURS: '12',
    ALLOWED_SECRETS: 'hr/*,mailer/*',
    ALLOWED_DATABASE_HOSTS: '',
    ALLOWED_WEBHOOK_HOSTS: 'hooks.example.com, *.example.org',
    ALLOWED_TOPIC_ARNS: 'arn:aws:sns:*',
    ALLOWED_QUEUE_URLS: 'https://sqs.*',
    ALLOWED_BUS_NAMES: 'default',
    ALLOWED_REPLICATION_INSTANCES: 'arn:aws:dms:*:rep:shared-*',
    ALLOWED_SUBNET_GROUPS: 'migrations,none',
    ALLOWED_KAFKA_CLUSTERS: 'arn:aws:kafka:*:cluster/events/*',
    ALLOWED_REPLAY_TOPICS: 'live.*',
    ALLOWED_TARGET_URIS: 's3://exports/*',
    ALLOWED_SCRIPTS: 's3://modules/*,s3://others/x.py',
  });
  expect(config).toMatchObject({ keepHours: 12 });
  expect(config.bounds).toEqual({
    secrets: ['hr/*', 'mailer/*'],
    databaseHosts: [],
    webhookHosts: ['hooks.example.com', '*.example.org'],
    topicArns: ['arn:aws:sns:*'],
    queueUrls: ['https://sqs.*'],
    busNames: ['default'],
    replicationInstances: ['arn:aws:dms:*:rep:shared-*'],
    subnetGroups: ['migrations', 'none'],
    kafkaClusters: ['arn:aws:kafka:*:cluster/events/*'],
    replayTopics: ['live.*'],
    targetUris: ['s3://exports/*'],
    scripts: ['s3://modules/*', 's3://others/x.py'],
    environmentReferences: false,
  });
});

test('what AWS DMS needs is read when its access role is named', () => {
  const role = 'arn:aws:iam::123456789012:role/dms-access';
  const more = { DMS_SUBNET_IDS: 'subnet-1,subnet-2', DMS_SECURITY_GROUP_IDS: 'sg-1', DMS_ASSESSMENT_BUCKET: 'loads' };
  expect(readConfig({ ...needed, DMS_ACCESS_ROLE_ARN: role, ...more }).deployment.dms).toEqual({
    accessRoleArn: role,
    subnetIds: ['subnet-1', 'subnet-2'],
    securityGroupIds: ['sg-1'],
    assessmentBucket: 'loads',
  });
  expect(readConfig({ ...needed, ...more }).deployment.dms).toBeUndefined();
});

test.each([
  ['DEPLOYMENT', ''],
  ['LOAD_STORE', ''],
  ['LOAD_STORE', undefined],
  ['KEEP_HOURS', ''],
  ['KEEP_HOURS', '-1'],
  ['KEEP_HOURS', '1.5'],
  ['KEEP_HOURS', '0x10'],
  ['KEEP_HOURS', 'three days'],
  ['ALLOWED_SECRETS', 'hr/*,,mailer/*'],
  ['ALLOWED_BUS_NAMES', 'default orders'],
])('%s=%j is refused by name', (name, value) => {
  expect(() => readConfig({ ...needed, [name]: value })).toThrow(`The environment variable ${name} `);
});

test('the state machines are found by their ARNs', () => {
  const environment = { INITIAL_LOAD_STATE_MACHINE: arn('initial-load'), TEAR_DOWN_STATE_MACHINE: arn('tear-down') };
  expect(machineArns(environment)).toEqual({ initialLoad: arn('initial-load'), tearDown: arn('tear-down') });
});

test.each([undefined, '', 'initial-load-dev-tear-down', `${arn('tear-down')}:1`])(
  'a tear-down machine %j is refused by name',
  (wrong) => {
    const environment = { INITIAL_LOAD_STATE_MACHINE: arn('initial-load'), TEAR_DOWN_STATE_MACHINE: wrong };
    expect(() => machineArns(environment)).toThrow('The environment variable TEAR_DOWN_STATE_MACHINE ');
  },
);

test('a variable that a request names is read as it is now', () => {
  expect(environmentVariable('CONFIG_TEST')).toBeUndefined();
  process.env.CONFIG_TEST = 'value';
  expect(environmentVariable('CONFIG_TEST')).toBe('value');
  delete process.env.CONFIG_TEST;
});

describe('what AWS Glue needs', () => {
  const role = 'arn:aws:iam::123456789012:role/glue-job';
  const network = {
    GLUE_SUBNET_ID: 'subnet-1',
    GLUE_AVAILABILITY_ZONE: 'eu-central-1a',
    GLUE_SECURITY_GROUP_IDS: 'sg-1,sg-2',
  };

  test('is read when the role of jobs is named, with the load store, where jobs find their script', () => {
    const more = { GLUE_SECURITY_CONFIGURATION: 'encrypted', GLUE_SCRIPT_DIRECTORY: '/var/task/glue' };
    expect(readConfig({ ...needed, GLUE_ROLE_ARN: role, ...network, ...more }).deployment.glue).toEqual({
      roleArn: role,
      storeAddress: 's3://loads',
      scriptDirectory: '/var/task/glue',
      network: { subnetId: 'subnet-1', availabilityZone: 'eu-central-1a', securityGroupIds: ['sg-1', 'sg-2'] },
      securityConfiguration: 'encrypted',
    });
  });

  test('may be no more than the role: jobs run outside any VPC then, whatever groups the functions have', () => {
    const more = { GLUE_SUBNET_ID: '', GLUE_AVAILABILITY_ZONE: '', GLUE_SECURITY_GROUP_IDS: 'sg-1' };
    expect(readGlueDeployment('s3://loads', { GLUE_ROLE_ARN: role, ...more, GLUE_SECURITY_CONFIGURATION: '' })).toEqual(
      {
        glue: { roleArn: role, storeAddress: 's3://loads', scriptDirectory: 'glue' },
      },
    );
  });

  test('is nothing without the role', () => {
    expect(readGlueDeployment('s3://loads', { ...network, GLUE_ROLE_ARN: '' })).toEqual({});
  });

  test.each([
    ['a role that is none', { GLUE_ROLE_ARN: 'glue-job' }, 'GLUE_ROLE_ARN'],
    ['a subnet without its zone', { ...network, GLUE_AVAILABILITY_ZONE: '' }, 'GLUE_AVAILABILITY_ZONE'],
    ['a subnet without a group', { ...network, GLUE_SECURITY_GROUP_IDS: '' }, 'GLUE_SECURITY_GROUP_IDS'],
  ])('is refused with the name of the variable: %s', (_case, variables, name) => {
    expect(() => readGlueDeployment('s3://loads', { GLUE_ROLE_ARN: role, ...variables })).toThrow(name);
  });
});
