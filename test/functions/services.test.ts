import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { currentServices, provideServices, servicesFromEnvironment } from '../../functions/services.ts';
import type { Services } from '../../src/services.ts';

const variables = { LOAD_STORE: 's3://loads', DEPLOYMENT: 'initial-load-dev' };
const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name]]));
beforeEach(() => {
  Object.assign(process.env, variables);
});
afterEach(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test('a Lambda makes its services once, until others are provided', () => {
  const made = currentServices();
  expect(currentServices()).toBe(made);
  const provided = { ...made } satisfies Services;
  provideServices(provided);
  expect(currentServices()).toBe(provided);
});

test('a Lambda that moves data works until shortly before its end', () => {
  expect(servicesFromEnvironment().invocationSeconds).toBe(880);
});

test('a Lambda keeps its loads in the bucket and follows no environment variable', async () => {
  const services = servicesFromEnvironment();
  expect(services.store.address).toBe('s3://loads');
  await expect(services.resolveConnection('env:LOAD_STORE', 'source.connection')).rejects.toThrow('local run');
  await expect(services.resolveSecret('env:LOAD_STORE', 'notify.secret')).rejects.toThrow('local run');
});
