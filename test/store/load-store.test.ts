import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stores } from './stores.ts';
import type { LoadStore } from '../../src/store/load-store.ts';

describe.each(stores)('the load store in $kind', ({ open }) => {
  let store: LoadStore;
  let close: () => Promise<void>;
  beforeEach(async () => ({ store, close } = await open()));
  afterEach(() => close());

  test('gives back what was written, whatever signs it holds', async () => {
    const document = { rows: 3, names: ['Łukasz', '李', '"', '\u0000', '👩‍🚀'], nothing: null };
    await store.write('loads/a/plan.json', document);
    expect(await store.read('loads/a/plan.json')).toEqual(document);
  });

  test('has nothing under a name that was never written', async () => {
    expect(await store.read('loads/a/plan.json')).toBeUndefined();
    expect(await store.list('loads/')).toEqual([]);
  });

  test('replaces a document as a whole', async () => {
    await store.write('loads/a/load.json', { status: 'open', provisioned: true });
    await store.write('loads/a/load.json', { status: 'closed' });
    expect(await store.read('loads/a/load.json')).toEqual({ status: 'closed' });
  });

  test('creates a document once and keeps the first', async () => {
    expect(await store.create('x.json', { first: true })).toBe(true);
    expect(await store.create('x.json', { first: false })).toBe(false);
    expect(await store.read('x.json')).toEqual({ first: true });
  });

  test('lets one of twenty win who create at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => store.create('x.json', { n })));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store.read('x.json')).toEqual({ n: answers.indexOf(true) });
  });

  test('creates again what was removed, and removes what is not there', async () => {
    await store.create('x.json', 1);
    await store.remove('x.json');
    await store.remove('x.json');
    expect(await store.create('x.json', 2)).toBe(true);
  });

  test('lists the names that begin with a prefix in order, over more than one page', async () => {
    const paths = [
      'loads/a/shards/s1.json',
      'loads/a/shards/s10.json',
      'loads/a/shards/s2.json',
      'loads/a/shards/s3.json',
    ];
    for (const path of [...paths, 'loads/ab/shards/s1.json', 'loads/a/plan.json']) await store.write(path, {});
    expect(await store.list('loads/a/shards/')).toEqual(paths);
    expect(await store.list('loads/a/shards/s1')).toEqual(['loads/a/shards/s1.json', 'loads/a/shards/s10.json']);
    expect(await store.list('')).toHaveLength(6);
  });

  test.each(['../outside.json', 'loads//x.json', '/etc/x.json', 'loads/a b.json', ''])(
    'refuses %j, which would be another document elsewhere',
    async (path) => {
      await expect(store.write(path, {})).rejects.toThrow('no path of the load store');
      await expect(store.read(path)).rejects.toThrow('no path of the load store');
    },
  );

  test('refuses to list outside itself', async () => {
    await expect(store.list('../')).rejects.toThrow('no path of the load store');
  });
});
