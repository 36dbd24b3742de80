import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/store/directory-store.ts';

let directory: string;
let store: DirectoryStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directory-store-'));
  store = new DirectoryStore(directory);
});
afterEach(() => rm(directory, { recursive: true }));

test('documents can be read by their owner only', async () => {
  await store.write('loads/a/written.json', {});
  await store.create('loads/a/created.json', {});
  const modes = ['written.json', 'created.json'].map(
    async (name) => (await stat(join(directory, 'loads/a', name))).mode,
  );
  expect((await Promise.all(modes)).map((mode) => mode & 0o777)).toEqual([0o600, 0o600]);
  expect((await stat(join(directory, 'loads'))).mode & 0o777).toBe(0o700);
});

test('nothing unfinished stays beside a document', async () => {
  await store.write('a.json', 1);
  await store.create('a.json', 2);
  expect(await readdir(directory)).toEqual(['a.json']);
});

test('what a killed process left unfinished is no document', async () => {
  await writeFile(join(directory, '.unfinished-1'), '{"half":');
  expect(await store.list('')).toEqual([]);
  expect(await store.create('a.json', 1)).toBe(true);
});

test('a process killed while it creates and writes leaves whole documents only', async () => {
  const program = `
    import { DirectoryStore } from '${new URL('../../src/store/directory-store.ts', import.meta.url).href}';
    const store = new DirectoryStore(process.argv[1]);
    const text = 'x'.repeat(500_000);
    console.log('ready');
    for (let n = 0; ; n++) {
      await store.create('created' + n + '.json', { text });
      await store.write('written.json', { n, text });
    }`;
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program, directory]);
    await once(child.stdout, 'data');
    while ((await store.list('created')).length < 3 + 7 * round) await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const path of await store.list('')) {
      const document = JSON.parse(await readFile(join(directory, path), 'utf8')) as { text: string };
      expect(document.text).toHaveLength(500_000);
    }
  }
});

test('a file that something else broke is named', async () => {
  await writeFile(join(directory, 'a.json'), '{"half":');
  await expect(store.read('a.json')).rejects.toThrow(join(directory, 'a.json'));
});

test('folders that are left empty go with their last document, the store itself stays', async () => {
  await store.write('loads/a/shards/s1.json', 1);
  await store.write('loads/b/load.json', 1);
  await store.remove('loads/a/shards/s1.json');
  expect(await readdir(join(directory, 'loads'))).toEqual(['b']);
  await store.remove('loads/b/load.json');
  expect(await readdir(directory)).toEqual([]);
});

test('folders that come and go at the same time are in nobody’s way', async () => {
  const writeAndRemove = async (name: string) => {
    for (let round = 0; round < 50; round++) {
      await store.write(`loads/a/${name}.json`, round);
      await store.remove(`loads/a/${name}.json`);
    }
  };
  await Promise.all(['one', 'two', 'three'].map(writeAndRemove));
  expect(await readdir(directory)).toEqual([]);
});

test('a file where the directory should be is named, with what to do', async () => {
  const file = join(directory, 'a.json');
  await writeFile(file, '');
  const misplaced = new DirectoryStore(file);
  expect(await misplaced.read('loads/a/load.json')).toBeUndefined();
  await expect(misplaced.write('loads/a/load.json', 1)).rejects.toThrow(
    `load store (${JSON.stringify(file)}): this directory cannot be used (ENOTDIR). Name a directory`,
  );
});
