/** How big each function's bundle is, with its SDK clients, and how long a new process takes to import it. */
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { functionsOf, packageStack } from '../test/serverless/template.ts';
import { unzip } from '../test/serverless/zip.ts';
import { median, table } from './figures.ts';

const RUNS = 5;
const COLD_IMPORT = `const begun = performance.now(); require(process.argv[1]); console.log(performance.now() - begun)`;

const stack = await packageStack();
try {
  const rows: string[][] = [];
  for (const { key } of functionsOf(stack)) {
    const { path, bytes } = await unpack(key);
    rows.push([key, (bytes / 1_048_576).toFixed(2), (await coldImportMilliseconds(path)).toFixed(0)]);
  }
  console.log(table(['function', 'MB unzipped (at most 2)', 'cold import, ms'], rows));
} finally {
  await rm(dirname(stack.folder), { recursive: true, force: true });
}

async function unpack(key: string): Promise<{ path: string; bytes: number }> {
  let [path, bytes] = ['', 0];
  for (const [name, content] of await unzip(join(stack.folder, `${key}.zip`))) {
    const file = join(stack.folder, key, name);
    // One function has the script of Glue jobs beside its code.
    if (name.endsWith('.js')) path = file;
    bytes += content.length;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return { path, bytes };
}

async function coldImportMilliseconds(path: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', COLD_IMPORT, path]);
    times.push(Number(stdout));
  }
  return median(times);
}
