import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LoadResult } from '../../src/model.ts';
import { type } from '../cli/terminal.ts';

describe('the demo', () => {
  test('with --json prints only the result of a verified load', async () => {
    const { status, stdout, stderr } = await type(['demo', '--json']);
    expect(status).toBe(0);
    const result = JSON.parse(stdout) as LoadResult;
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', plan: { strategy: 'direct' } });
    expect(result.notifications).toEqual([{ type: 'InitialLoadSucceeded', channel: 'webhook', status: 'sent' }]);
    expect(result.tables.map(({ source, targetRows, verified }) => [source, targetRows, verified])).toEqual([
      ['hr.department_employees', 60_000, true],
      ['hr.departments', 8, true],
      ['hr.employees', 60_000, true],
      ['hr.salaries', 180_000, true],
      ['hr.titles', 80_000, true],
    ]);
    expect(stderr).toContain('hr.salaries              180,000 rows copied');
  });

  test('tells the plan, the counts, the notification, the tear-down and how to go on, in this order', async () => {
    const { status, stdout } = await type(['demo', '--strategy', 'direct']);
    expect(status).toBe(0);
    const parts = [
      'The plan, and why',
      'rejected',
      'What was loaded, counted on both sides',
      'What the mailer was told, by webhook',
      '(verified by the receiver)',
      '"type": "InitialLoadSucceeded"',
      'Tear-down: complete',
      'How to go on',
      'npx initial-load run request.json --local',
    ];
    const places = parts.map((part) => stdout.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});

describe('a demo that is ended while it copies', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'demo-test-'));
    // The server's user, who is another one when this runs as root, must find its way.
    await chmod(directory, 0o755);
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function endWhileCopying(signal: NodeJS.Signals) {
    const child = spawn(process.execPath, [resolve('cli/main.ts'), 'demo', '--json'], {
      env: { ...process.env, TMPDIR: directory },
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    const copying = new Promise<void>((found) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said.stderr += chunk.toString();
        if (said.stderr.includes('Copying')) found();
      });
    });
    const exit = once(child, 'exit');
    await copying;
    expect(await readdir(directory)).toHaveLength(1);
    child.kill(signal);
    const [status] = (await exit) as [number | null];
    return { status, ...said };
  }

  test('by an interrupt tears the load down and says so', async () => {
    const { status, stdout, stderr } = await endWhileCopying('SIGINT');
    expect(stderr).toContain('SIGINT: aborting the load and tearing it down');
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      failure: { error: 'ExecutionAborted' },
      tearDown: 'complete',
      notifications: [{ channel: 'webhook', status: 'sent' }],
    });
    expect(await readdir(directory)).toEqual([]);
  });

  test('by kill -9 leaves no server and no directory', async () => {
    await endWhileCopying('SIGKILL');
    while ((await readdir(directory)).length > 0) await new Promise((resolved) => setTimeout(resolved, 50));
    expect(await readdir(directory)).toEqual([]);
  });
});
