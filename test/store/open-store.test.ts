import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { S3Store } from '../../src/store/s3-store.ts';

test.each([
  ['s3://loads', 's3://loads'],
  ['s3://loads/', 's3://loads'],
  ['s3://loads/team/dev/', 's3://loads/team/dev'],
])('%s is a bucket', (given, address) => {
  const store = openStore(given);
  expect(store).toBeInstanceOf(S3Store);
  expect(store.address).toBe(address);
});

test.each(['.initial-load', '/var/lib/loads', 'C:loads'])('%s is a directory', (given) => {
  const store = openStore(given);
  expect(store).toBeInstanceOf(DirectoryStore);
  expect(store.address).toBe(resolve(given));
});

test.each(['', 's3://', 's3:///x', 'S3://loads', 'https://loads', 's3://Loads'])('%j is no address', (given) => {
  expect(() => openStore(given)).toThrow(RequestError);
});
