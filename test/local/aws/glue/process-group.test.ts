import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startGroup } from '../../../../local/aws/glue/process-group.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'group-test-'));
});
afterAll(() => rm(cwd, { recursive: true }));

const options = () => ({ cwd, env: { PATH: process.env['PATH'] } });
const start = (script: string) => startGroup('sh', ['-c', script], options());
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A process that nobody has buried yet is no longer one.
    return spawnStateOf(pid);
  } catch {
    return Promise.resolve(false);
  }
};
async function spawnStateOf(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) Z/.test(status);
}
/** Within two seconds: who is killed lets go of files a moment before it is gone. */
async function isGone(pid: number): Promise<boolean> {
  for (let looks = 0; looks < 200; looks += 1) {
    if (!(await isAlive(pid))) return true;
    await new Promise((passed) => setTimeout(passed, 10));
  }
  return false;
}
async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = await readFile(join(cwd, file), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return Number(text);
    await new Promise((passed) => setTimeout(passed, 10));
  }
}

test('a program’s status and the end of what it said are answered', async () => {
  const group = start('echo one; echo two >&2; printf three; exit 3');
  const { status, output } = await group.ended;
  expect(status).toBe(3);
  expect(output.toSorted()).toEqual(['one', 'three', 'two']);
});

test('a group that is killed leaves nothing of what the program started', async () => {
  const group = start('sleep 60 & echo $! > killed; sleep 60');
  const pid = await pidIn('killed');
  group.kill();
  await group.ended;
  expect(await isGone(pid)).toBe(true);
});

test('nor does a program that ends and leaves something behind', async () => {
  const { status } = await start('sleep 60 & echo $! > left; exit 0').ended;
  expect(status).toBe(0);
  expect(await isGone(await pidIn('left'))).toBe(true);
});

test('nor one whose parent is killed', async () => {
  const module = resolve('local/aws/glue/process-group.ts');
  const code = `
    const { startGroup } = await import(${JSON.stringify(module)});
    startGroup('sh', ['-c', 'sleep 60 & echo $! > orphan; sleep 60'], { cwd: ${JSON.stringify(cwd)}, env: process.env });`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', code], { stdio: 'inherit' });
  const pid = await pidIn('orphan');
  expect(await isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  expect(await isGone(pid)).toBe(true);
});

test('a program that is not there says so', async () => {
  const { status, output } = await startGroup('/nowhere/spark-submit', [], options()).ended;
  expect(status).toBe(127);
  expect(output.join('\n')).toContain('/nowhere/spark-submit');
});
