import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RequestError, TransientError } from '../../src/errors.ts';
import { LoadDocuments, stateDocument } from '../../src/store/documents.ts';
import type { LoadStore } from '../../src/store/load-store.ts';
import { releaseLocks, takeLocks } from '../../src/store/locks.ts';
import { stores } from './stores.ts';

const employees = 'env:TARGET public.employees';
const departments = 'env:TARGET public.departments';
const everything = 'env:TARGET public.*';

describe.each(stores)('locks in $kind', ({ open }) => {
  let store: LoadStore;
  let close: () => Promise<void>;
  beforeEach(async () => {
    ({ store, close } = await open());
  });
  afterEach(() => close());

  test('a table is held by one load until it gives it back', async () => {
    await takeLocks(store, 'first', [employees]);
    await expect(takeLocks(store, 'second', [employees])).rejects.toBeInstanceOf(RequestError);
    await releaseLocks(store, 'first');
    await takeLocks(store, 'second', [employees]);
  });

  test('a load takes its own locks again, and further ones', async () => {
    await takeLocks(store, 'first', [employees]);
    await takeLocks(store, 'first', [employees]);
    await takeLocks(store, 'first', [employees, departments]);
    await expect(takeLocks(store, 'second', [departments])).rejects.toThrow('load first');
  });

  test('a load that gets one table and not the other keeps none', async () => {
    await takeLocks(store, 'first', [departments]);
    await expect(takeLocks(store, 'second', [employees, departments])).rejects.toThrow('public.departments');
    await takeLocks(store, 'third', [employees]);
  });

  test('a load that is refused further tables keeps those that it held', async () => {
    await takeLocks(store, 'first', [departments]);
    await takeLocks(store, 'second', [employees]);
    await expect(takeLocks(store, 'second', [departments])).rejects.toThrow('load first');
    await expect(takeLocks(store, 'third', [employees])).rejects.toThrow('load second');
  });

  test.each([
    ['a whole schema', everything, employees],
    ['a table', employees, everything],
  ])('%s that is held keeps out what overlaps it', async (_what, held, wanted) => {
    await takeLocks(store, 'first', [held]);
    await expect(takeLocks(store, 'second', [wanted])).rejects.toThrow('load first');
    await takeLocks(store, 'third', ['env:TARGET other.employees', 'env:OTHER public.employees']);
  });

  test('giving back is for one’s own locks, and may be done twice', async () => {
    await takeLocks(store, 'first', [employees]);
    await releaseLocks(store, 'second');
    await expect(takeLocks(store, 'second', [employees])).rejects.toThrow('load first');
    await releaseLocks(store, 'first');
    await takeLocks(store, 'second', [employees]);
    await releaseLocks(store, 'first');
    await expect(takeLocks(store, 'third', [employees])).rejects.toThrow('load second');
  });

  test('of ten loads that want overlapping tables at once exactly one gets them', async () => {
    const wishes = Array.from({ length: 10 }, (_, n) =>
      takeLocks(store, `load-${n}`, [n % 2 ? everything : employees]),
    );
    const got = (await Promise.allSettled(wishes)).filter(({ status }) => status === 'fulfilled');
    expect(got).toHaveLength(1);
    expect(await store.list('locks/')).toHaveLength(1);
  });

  test('the refusal names the table, the load that holds it, since when, and what to do', async () => {
    await takeLocks(store, 'first', [employees]);
    await new LoadDocuments(store, 'first').write(stateDocument, {
      loadId: 'first',
      attempt: 1,
      status: 'open',
      dataset: 'employees',
      consumer: 'mailer',
      startedAt: '2026-01-02T03:04:05.000Z',
      deadlineAt: '2026-01-02T07:04:05.000Z',
      provisioned: false,
      updatedAt: '2026-01-02T03:04:05.000Z',
    } as never);
    const here = store.address.startsWith('s3:') ? '' : ` --local --store ${store.address}`;
    await expect(takeLocks(store, 'second', [everything])).rejects.toThrow(
      'target ("public.*"): load first (employees for mailer) holds it since 2026-01-02T03:04:05.000Z. Wait until it has ' +
        `ended (npx initial-load status first${here}), or end it: npx initial-load tear-down first${here}`,
    );
  });

  test('of two requests that begin under one loadId at once the second is tried again', async () => {
    await takeLocks(store, 'first', [employees]);
    const earlier = Object.create(store, { read: { value: () => Promise.resolve(undefined) } }) as LoadStore;
    await expect(takeLocks(earlier, 'first', [departments])).rejects.toBeInstanceOf(TransientError);
    expect(await store.read('locks/first.json')).toMatchObject({ held: [employees], wanted: [] });
  });

  test('a load that broke off while it took its locks still holds off others, and is named', async () => {
    await store.write('locks/broken.json', { loadId: 'broken', held: [], wanted: [employees] });
    await expect(takeLocks(store, 'second', [employees])).rejects.toThrow('tear-down broken');
    await takeLocks(store, 'broken', [employees]);
  });
});
