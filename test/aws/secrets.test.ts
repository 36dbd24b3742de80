import { inspect } from 'node:util';
import {
  DecryptionFailure,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { beforeEach, expect, test } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { useRegion } from '../../src/aws/clients.ts';
import { readParameter, readSecret } from '../../src/aws/secrets.ts';
import { RequestError, TransientError } from '../../src/errors.ts';

const CANARY = 'canary-7f3a';
useRegion('eu-central-1');
const secrets = mockClient(SecretsManagerClient);
const parameters = mockClient(SSMClient);
beforeEach(() => {
  secrets.reset();
  parameters.reset();
});

async function failureOf(reading: Promise<string>): Promise<Error> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error)).not.toContain(CANARY);
  return error as Error;
}

/** As the SDK makes it: the raw response hangs on the error. */
function throttling(): Error {
  const error = Object.assign(new Error(`Rate exceeded ${CANARY}`), { $response: { body: CANARY }, $metadata: {} });
  error.name = 'ThrottlingException';
  return error;
}

test('a secret is read as text', async () => {
  secrets.on(GetSecretValueCommand, { SecretId: 'hr/database' }).resolves({ SecretString: '{"a":1}' });
  expect(await readSecret('hr/database', 'source.connection')).toBe('{"a":1}');
});

test('a parameter is read decrypted', async () => {
  const asked = { Name: '/hr/url', WithDecryption: true };
  parameters.on(GetParameterCommand, asked).resolves({ Parameter: { Value: 'postgres://…' } });
  expect(await readParameter('/hr/url', 'source.connection')).toBe('postgres://…');
});

test('a secret that does not exist is the request’s mistake', async () => {
  secrets.on(GetSecretValueCommand).rejects(new ResourceNotFoundException({ message: CANARY, $metadata: {} }));
  const error = await failureOf(readSecret('hr/database', 'source.connection'));
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('source.connection ("hr/database"): there is no such secret');
});

test('a parameter that does not exist is the request’s mistake', async () => {
  parameters.on(GetParameterCommand).rejects(new ParameterNotFound({ message: CANARY, $metadata: {} }));
  const error = await failureOf(readParameter('/hr/url', 'source.connection'));
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toContain('source.connection ("ssm:/hr/url"): there is no such secret');
});

test('a secret that cannot be decrypted is named with the reason', async () => {
  secrets.on(GetSecretValueCommand).rejects(new DecryptionFailure({ message: CANARY, $metadata: {} }));
  expect((await failureOf(readSecret('hr/database', 'source.connection'))).message).toContain('DecryptionFailure');
});

test('a binary secret is refused', async () => {
  secrets.on(GetSecretValueCommand).resolves({ SecretBinary: Buffer.from(CANARY) });
  expect((await failureOf(readSecret('hr/database', 'source.connection'))).message).toContain('holds no text');
});

test('a service that throttles is worth another try of the step', async () => {
  secrets.on(GetSecretValueCommand).rejects(throttling());
  parameters.on(GetParameterCommand).rejects(throttling());
  expect(await failureOf(readSecret('hr/database', 'source.connection'))).toBeInstanceOf(TransientError);
  expect(await failureOf(readParameter('/hr/url', 'source.connection'))).toBeInstanceOf(TransientError);
});

test('without a region a person is told to set one', async () => {
  secrets.on(GetSecretValueCommand).rejects(new Error('Region is missing'));
  const error = await failureOf(readSecret('hr', 'source.connection'));
  expect(error).toBeInstanceOf(RequestError);
  expect(error.message).toBe('source.connection ("hr"): no AWS region is set. Set AWS_REGION');
});
