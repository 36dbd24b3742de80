import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type S3StandIn, startS3StandIn } from '../../local/aws/s3.ts';
import { TransientError } from '../../src/errors.ts';
import type { S3Store } from '../../src/store/s3-store.ts';
import { openS3Store } from './stores.ts';

let standIn: S3StandIn;
let store: S3Store;
beforeEach(async () => {
  standIn = await startS3StandIn({ pageSize: 2 });
  store = openS3Store(standIn);
});
afterEach(() => standIn.stop());

const conflict = { status: 409, code: 'ConditionalRequestConflict' };

test('the documents lie under the prefix and the address says where', async () => {
  await store.write('loads/a/plan.json', {});
  expect(standIn.requests[0]).toMatch(/^PUT \/loads\/some\/prefix\/loads\/a\/plan\.json/);
  expect(store.address).toBe('s3://loads/some/prefix');
});

test('a bucket may be used without a prefix', async () => {
  const whole = openS3Store(standIn, '');
  await whole.write('plan.json', 1);
  expect(await whole.list('')).toEqual(['plan.json']);
  expect(whole.address).toBe('s3://loads');
});

test('a bucket that asks to slow down is tried again', async () => {
  standIn.failNext({ method: 'PUT', error: { status: 503, code: 'SlowDown' } });
  standIn.failNext({ method: 'PUT', error: { status: 503, code: 'SlowDown' } });
  await store.write('a.json', 1);
  expect(await store.read('a.json')).toBe(1);
});

test('a bucket that goes on asking to slow down is worth another try of the step', async () => {
  for (let n = 0; n < 5; n++) standIn.failNext({ method: 'GET', error: { status: 503, code: 'SlowDown' } });
  const failure = store.read('a.json');
  await expect(failure).rejects.toBeInstanceOf(TransientError);
  await expect(failure).rejects.toThrow('s3://loads/some/prefix/a.json');
});

test('a bucket that must not be read is no passing problem', async () => {
  standIn.failNext({ method: 'GET', error: { status: 403, code: 'AccessDenied' } });
  const failure = store.read('a.json');
  await expect(failure).rejects.not.toBeInstanceOf(TransientError);
  await expect(failure).rejects.toThrow('AccessDenied');
});

test('a creation that meets another write is tried again', async () => {
  standIn.failNext({ method: 'PUT', error: conflict });
  standIn.failNext({ method: 'PUT', error: conflict });
  expect(await store.create('a.json', 1)).toBe(true);
});

test('a creation that always meets another write is neither reported as done nor as refused', async () => {
  for (let n = 0; n < 5; n++) standIn.failNext({ method: 'PUT', error: conflict });
  await expect(store.create('a.json', 1)).rejects.toBeInstanceOf(TransientError);
});

test('a creation whose answer was lost is known to be our own', async () => {
  standIn.failNext({ method: 'PUT', loseAnswer: true });
  expect(await store.create('a.json', 'ours')).toBe(true);
  expect(await store.read('a.json')).toBe('ours');
  expect(standIn.requests.filter((request) => request.startsWith('PUT'))).toHaveLength(2);
});

test('a list that fails on its second page is not reported as complete', async () => {
  for (let n = 0; n < 3; n++) await store.write(`a${n}.json`, n);
  standIn.failNext({ method: 'GET', url: 'continuation-token', error: { status: 403, code: 'AccessDenied' } });
  await expect(store.list('')).rejects.toThrow('AccessDenied');
});
