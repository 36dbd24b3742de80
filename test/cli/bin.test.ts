import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { LoadDocuments, stateDocument, type LoadState } from '../../src/store/documents.ts';

/** Runs the launcher; `old` makes it believe that it runs on the Node that a user's PATH has. */
function launch(args: string[], { old }: { old: boolean }) {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.1.0' })";
  const flags = old ? ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`] : [];
  const child = spawn(process.execPath, [...flags, resolve('cli/bin.js'), ...args]);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  return { child, ended, stdout: text(child.stdout), stderr: text(child.stderr) };
}

test.each([
  ['an old Node', true],
  ['a new Node', false],
])('on %s arguments, output and exit status pass through', async (_story, old) => {
  const { ended, stdout, stderr } = launch(['status', 'a', 'b', '--json'], { old });
  expect(await ended).toEqual([2, null]);
  expect(JSON.parse(await stdout)).toMatchObject({ status: 'FAILED' });
  expect(await stderr).toMatch(/^initial-load: too many arguments.*\n$/);
});

test('a signal reaches the program, which ends as it sees fit', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'bin-test-'));
  const documents = new LoadDocuments(new DirectoryStore(directory), 'mailer-1');
  await documents.write(stateDocument, {
    attempt: 1,
    status: 'open',
    deadlineAt: '2999-01-01T00:00:00.000Z',
  } as LoadState);

  const { child, ended, stderr } = launch(['watch', 'mailer-1', '--local', '--store', directory], { old: true });
  await once(child.stderr, 'data');
  child.kill('SIGTERM');
  expect(await ended).toEqual([3, null]);
  expect(await stderr).toContain('the load goes on');
  await rm(directory, { recursive: true });
});

test('the launcher ends by the signal that ended the program', async () => {
  const { child, ended } = launch(['run', '-', '--local'], { old: true });
  await once(child, 'spawn');
  child.kill('SIGTERM');
  expect(await ended).toEqual([null, 'SIGTERM']);
});
