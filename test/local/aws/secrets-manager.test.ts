import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { useStandIns } from '../../../local/aws/environment.ts';
import { startSecretsManager, type SecretsStandIn } from '../../../local/aws/secrets-manager.ts';

let secrets: SecretsStandIn;
let release: () => void;
let client: SecretsManagerClient;
const NOW = new Date('2026-03-01T08:00:00Z');

beforeEach(async () => {
  secrets = await startSecretsManager({ now: () => NOW, region: 'eu-central-1' });
  release = useStandIns({ secrets });
  client = new SecretsManagerClient({ maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  release();
  await secrets.stop();
});

const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));

test('a secret is read by its name and by its ARN', async () => {
  const arn = secrets.put('prod/hr', '{"password":"x"}');
  expect(await read('prod/hr')).toMatchObject({ ARN: arn, SecretString: '{"password":"x"}', CreatedDate: NOW });
  expect(await read(arn)).toMatchObject({ Name: 'prod/hr' });
  expect(secrets.put('prod/hr', 'new')).toBe(arn);
  expect(await read(arn)).toMatchObject({ SecretString: 'new' });
});

test('one that is not there, or not any more, is not found', async () => {
  secrets.put('prod/hr', 'x');
  secrets.faults.next({ operation: 'GetSecretValue', kind: 'vanished' });
  await expect(read('prod/hr')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(read('prod/hr')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('reading may be denied', async () => {
  secrets.put('prod/hr', 'x');
  secrets.faults.next({ kind: 'access denied' });
  await expect(read('prod/hr')).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('only reading is implemented', async () => {
  await expect(client.send(new ListSecretsCommand({}))).rejects.toMatchObject({ name: 'NotImplemented' });
});
