import { expect, test } from '@jest/globals';
import { useStandIns } from '../../../local/aws/environment.ts';

test('the SDK’s variables are set, and given back as they were', () => {
  process.env['AWS_PROFILE'] = 'work';
  delete process.env['AWS_REGION'];
  const before = { ...process.env };
  const release = useStandIns({ dms: { endpoint: 'http://127.0.0.1:1' }, secrets: { endpoint: 'http://127.0.0.1:2' } });
  expect(process.env).toMatchObject({
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE: 'http://127.0.0.1:1',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:2',
  });
  expect(process.env['AWS_PROFILE']).toBeUndefined();
  release();
  expect({ ...process.env }).toEqual(before);
});
