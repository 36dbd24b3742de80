import { expect, test } from '@jest/globals';
import { environmentVariable, machineArns, readConfig } from '../src/config.ts';

const LOAD_STORE = 's3://loads';
const arn = (name: string) => `arn:aws:states:eu-central-1:123456789012:stateMachine:initial-load-dev-${name}`;

test('a deployment that names nothing allows nothing', () => {
  expect(readConfig({ LOAD_STORE })).toEqual({
    storeAddress: 's3://loads',
    keepHours: 72,
    bounds: {
      secrets: [],
      databaseHosts: [],
      webhookHosts: [],
      topicArns: [],
      queueUrls: [],
      busNames: [],
      environmentReferences: false,
    },
  });
});

test('what a deployment says is read', () => {
  const config = readConfig({
    LOAD_STORE,
    KEEP_HOURS: '12',
    ALLOWED_SECRETS: 'hr/*,mailer/*',
    ALLOWED_DATABASE_HOSTS: '',
    ALLOWED_WEBHOOK_HOSTS: 'hooks.example.com, *.example.org',
    ALLOWED_TOPIC_ARNS: 'arn:aws:sns:*',
    ALLOWED_QUEUE_URLS: 'https://sqs.*',
    ALLOWED_BUS_NAMES: 'default',
  });
  expect(config).toMatchObject({ keepHours: 12 });
  expect(config.bounds).toEqual({
    secrets: ['hr/*', 'mailer/*'],
    databaseHosts: [],
    webhookHosts: ['hooks.example.com', '*.example.org'],
    topicArns: ['arn:aws:sns:*'],
    queueUrls: ['https://sqs.*'],
    busNames: ['default'],
    environmentReferences: false,
  });
});

test.each([
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
  expect(() => readConfig({ LOAD_STORE, [name]: value })).toThrow(`The environment variable ${name} `);
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
