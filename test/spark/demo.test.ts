import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'demo-test-'));
  // The server's user, who is another one when this runs as root, must find its way.
  await chmod(directory, 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** As somebody types it; what is made lies below the directory. */
async function demo(args: string[], environment: NodeJS.ProcessEnv = {}): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, TMPDIR: directory, ...environment };
  return promisify(execFile)(process.execPath, ['cli/main.ts', 'demo', '--strategy', 'glue', ...args], { env });
}

test('the demo through Glue renames, drops, casts, derives and filters with Spark, proves it and leaves nothing', async () => {
  const { stdout, stderr } = await demo(['--json']);
  const result = JSON.parse(stdout) as LoadResult;
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', plan: { strategy: 'glue' } });
  expect(result.tables.map(({ source, targetRows, verified }) => [source, targetRows, verified])).toEqual([
    ['hr.department_employees', 60_000, true],
    ['hr.departments', 8, true],
    ['hr.employees', 60_000, true],
    ['hr.salaries', 180_000, true],
    ['hr.titles', 60_000, true],
  ]);
  // The filtered table as well: the source counts what the filter leaves.
  expect(result.tables.every(({ sourceRows, targetRows }) => sourceRows === targetRows)).toBe(true);
  expect(result.plan!.reasons.join('\n')).toContain('transform["hr.titles"] has filter');
  expect(result.notifications).toEqual([{ type: 'InitialLoadSucceeded', channel: 'webhook', status: 'sent' }]);
  const gone = result.tornDown.filter(({ status }) => status === 'deleted').map(({ type }) => type);
  expect(gone).toEqual(expect.arrayContaining(['Glue job', 'Glue connection', "Glue job's scripts"]));
  expect(stderr).toContain('AWS is a stand-in on this machine');
  expect(stderr).toContain('Spark is real');
  expect(await readdir(directory)).toEqual([]);
}, 600_000);

test('without Java the demo through Glue says in one line what to install, and starts nothing', async () => {
  const failure: unknown = await demo([], { JAVA_HOME: '/nowhere' }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 2, stdout: '' });
  const { stderr } = failure as { stderr: string };
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('Install Java 17');
  expect(await readdir(directory)).toEqual([]);
});
