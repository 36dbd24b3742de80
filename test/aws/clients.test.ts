import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

const PROGRAM = `
  import { createRequire } from 'node:module';
  import { s3 } from './src/aws/clients.ts';
  import { servicesFromEnvironment } from './functions/services.ts';
  const { cache } = createRequire(import.meta.url);
  const loaded = () => Object.keys(cache).filter((path) => path.includes('@aws-sdk/client-s3')).length > 0;
  servicesFromEnvironment();
  const before = loaded();
  const [{ client }, again] = await Promise.all([s3(), s3()]);
  console.log(JSON.stringify({ before, after: loaded(), same: client === again.client, retries: await client.config.maxAttempts() }));
`;

test('no SDK package is loaded before its first use, and a client is made once', () => {
  const environment = {
    PATH: process.env.PATH,
    LOAD_STORE: 's3://loads',
    DEPLOYMENT: 'initial-load-dev',
    AWS_REGION: 'eu-central-1',
  };
  const output = execFileSync(process.execPath, ['--input-type=module-typescript', '--eval', PROGRAM], {
    env: environment,
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual({ before: false, after: true, same: true, retries: 5 });
});
