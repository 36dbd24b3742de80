/**
 * One half of a throw-away server: what the process does that runs it, for as long as its standard input stays open. It is a
 * process of its own, in a session of its own: when the parent ends in whatever way, kill -9 included, the system closes
 * the pipe, and the server and its directory go. The other half, which starts it, is supervised-server.ts.
 *
 * In: one line of JSON, the orders, then any number of commands, a line each.
 * Out: one line of JSON each time an order or command is carried out ({ directory }), or one that says why it isn't ({ error }).
 */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Supervision<Orders> {
  orders: Orders;
  /** Its own, removed at the end. */
  directory: string;
  commands: AsyncIterator<string>;
  /** Starts a program that ends when the supervision does. One runs at a time. */
  launch(program: string, args: string[], options?: SpawnOptions): Program;
  /** Says that what was asked for is done. */
  done(): void;
}
export interface Program {
  child: ChildProcess;
  /** Resolves when it has ended, with its status, or with what kept it from starting. */
  ended: Promise<number | string | null>;
  /** The end of what it said. */
  log(): string;
}

/** Enough for the stack of an exception in Java, whose message stands at its head. */
const LOG_LINES_KEPT = 40;

/**
 * @param options.name of the directory
 * @param options.lastSignal ends the program at once: the data that it would make safe is about to be deleted
 * @param run returns when the server has ended
 */
export async function supervise<Orders>(
  options: { name: string; lastSignal: NodeJS.Signals },
  run: (supervision: Supervision<Orders>) => Promise<void>,
): Promise<void> {
  // Without a parent there is nobody to report to, and writing must not end the clean-up.
  process.stdout.on('error', () => {});
  const commands = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const first = await commands.next();
  if (first.done) return;

  /** What runs now, so that the end of standard input can end it at any moment. */
  let running: Program | undefined;
  let closing = false;
  process.stdin.once('close', () => {
    closing = true;
    running?.child.kill(options.lastSignal);
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.stdin.destroy());
  const directory = await mkdtemp(join(tmpdir(), `initial-load-${options.name}-`));
  try {
    await run({
      orders: JSON.parse(first.value) as Orders,
      directory,
      commands,
      launch(program, args, how) {
        if (closing) throw new Error('closing');
        running = startProgram(program, args, how);
        return running;
      },
      done: () => say({ directory }),
    });
  } catch (error) {
    say({ error: (error as Error).message });
  } finally {
    running?.child.kill(options.lastSignal);
    await running?.ended;
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}

function startProgram(program: string, args: string[], options: SpawnOptions = {}): Program {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C' } });
  child.once('error', (error) => child.emit('close', error.message));
  const ended = once(child, 'close').then(([status]) => status as number | string | null);
  return { child, ended, log: tail(child) };
}

/** Reads what the child says, so that it never blocks on a full pipe, and keeps the end of it. */
function tail(child: ChildProcess): () => string {
  let said = '';
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString()).split('\n').slice(-LOG_LINES_KEPT).join('\n');
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => said;
}

function say(line: { directory: string } | { error: string }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
