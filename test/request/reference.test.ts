import { expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { parseReference } from '../../src/request/reference.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-7f3a-AbCdEf';

test.each([
  ['env:SOURCE_URL', { kind: 'environment', name: 'SOURCE_URL' }],
  ['ssm:/hr/source-url', { kind: 'parameter', path: '/hr/source-url' }],
  ['hr/database', { kind: 'secret', id: 'hr/database' }],
  ['rds!cluster-7f3a', { kind: 'secret', id: 'rds!cluster-7f3a' }],
  [arn, { kind: 'secret', id: arn }],
])('%s is read', (text, expected) => {
  expect(parseReference(text, 'source.connection')).toEqual(expected);
});

test.each([
  'postgres://loader:canary@db/hr',
  'env:',
  'env:canary x',
  'env:canary-1',
  'ssm:canary',
  'canary canary',
  '{"canary":1}',
  '',
])('%j is refused and not repeated', (text) => {
  const parse = () => parseReference(text, 'source.connection');
  expect(parse).toThrow(RequestError);
  expect(parse).toThrow(expect.objectContaining({ message: expect.not.stringContaining('canary') }));
});
