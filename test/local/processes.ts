import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../cli/bin.js');

export interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}
export interface Started {
  child: ChildProcess;
  ended: Promise<Ended>;
}

/** The command line in a process of its own, as somebody starts it who types it. `env` comes over the test's own. */
export function start(words: string[], env: Record<string, string>): Started {
  const child = spawn(process.execPath, [BIN, ...words], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (block: Buffer) => (said.stdout += block.toString()));
  child.stderr.on('data', (block: Buffer) => (said.stderr += block.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, ...said }));
  });
  return { child, ended };
}

/** Asks until it is so. @throws when the process ends before, with what it said */
export async function until(isSo: () => Promise<boolean>, { ended }: Started): Promise<void> {
  let end: Ended | undefined;
  void ended.then((it) => (end = it));
  while (!(await isSo())) {
    if (end !== undefined) throw new Error(`It ended with ${end.status ?? end.signal}: ${end.stderr}${end.stdout}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
