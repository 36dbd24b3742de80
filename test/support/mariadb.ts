import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection } from 'mysql2/promise';
import type { DatabaseAddress } from '../../src/databases/address.ts';

/** A throw-away MariaDB server on the loopback address. Gone after stop(), and after the end of this process. */
export interface MariadbServer {
  /** Of a user who may do everything, in the database `test`. */
  address: DatabaseAddress;
  /** One statement or several, without values. Answers the last one's rows. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const SERVER = '/usr/sbin/mariadbd';
const INSTALLER = '/usr/bin/mariadb-install-db';
const START_SECONDS = 60;
/** Ends the server and removes its directory ($0) as soon as standard input is closed: by stop(), or by our own end. */
const SUPERVISOR = '"$@" & cat >/dev/null; kill $! ; wait $! ; rm -rf "$0"';

/** @param options.arguments more of the server's own options */
export async function startMariadb(options: { arguments?: string[] } = {}): Promise<MariadbServer> {
  await assertInstalled();
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-mariadb-'));
  const data = join(directory, 'data');
  const user = process.getuid?.() === 0 ? ['--user=nobody'] : [];
  try {
    if (user.length > 0) {
      await chmod(directory, 0o755);
      execFileSync('chown', ['nobody', directory]);
    }
    execFileSync(
      INSTALLER,
      ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', ...user],
      // Temporary tables of two installations at once have the same names.
      { stdio: 'pipe', env: { ...process.env, TMPDIR: directory } },
    );
    return await start(directory, data, [...user, ...(options.arguments ?? [])]);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

async function assertInstalled(): Promise<void> {
  for (const program of [SERVER, INSTALLER]) {
    await access(program).catch(() => {
      throw new Error(`${program} is missing. These tests need a MariaDB server: apt-get install mariadb-server`);
    });
  }
}

async function start(directory: string, data: string, more: string[]): Promise<MariadbServer> {
  const port = await freePort();
  const socket = join(directory, 'socket');
  const serverArguments = [
    '--no-defaults',
    `--datadir=${data}`,
    `--tmpdir=${directory}`,
    `--socket=${socket}`,
    `--pid-file=${join(directory, 'pid')}`,
    `--log-error=${join(directory, 'log')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--log-bin=binlog',
    '--innodb-flush-log-at-trx-commit=0',
    ...more,
  ];
  const supervisor = spawn('sh', ['-c', SUPERVISOR, directory, SERVER, ...serverArguments], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // A test that fails before it could call stop() ends all the same, and the server with it.
  supervisor.unref();
  (supervisor.stdin as Socket).unref();
  const ended = once(supervisor, 'exit');
  const password = randomBytes(9).toString('hex');
  const root = await connectAsRoot(socket).catch((error: unknown) => {
    supervisor.stdin.end();
    throw error;
  });
  await root.query(`alter user root@localhost identified by '${password}'; create database test`);
  return {
    address: { engine: 'mariadb', host: '127.0.0.1', port, database: 'test', user: 'root', password },
    async query(sql) {
      const [result, fields] = await root.query(sql);
      const isSeveral = (fields as unknown[] | undefined)?.some((of) => of === undefined || Array.isArray(of)) ?? false;
      const last: unknown = isSeveral ? (result as unknown[]).at(-1) : result;
      return Array.isArray(last) ? (last as Record<string, unknown>[]) : [];
    },
    async stop() {
      supervisor.ref();
      root.destroy();
      supervisor.stdin.end();
      await ended;
    },
  };
}

async function connectAsRoot(socketPath: string): Promise<Connection> {
  for (let waited = 0; ; waited += 0.1) {
    try {
      return await createConnection({ socketPath, user: 'root', multipleStatements: true, charset: 'utf8mb4' });
    } catch (error) {
      if (waited > START_SECONDS)
        throw new Error(`MariaDB did not start: ${(error as Error).message}`, { cause: error });
      await sleep(100);
    }
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}
