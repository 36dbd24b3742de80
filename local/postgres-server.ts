import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect } from '../src/databases/postgres/connection.ts';
import { quoteIdentifier } from '../src/databases/postgres/identifiers.ts';

/** A real PostgreSQL server on the loopback address, for the demo and the tests. Its user is a superuser. */
export interface PostgresServer {
  port: number;
  user: string;
  password: string;
  /** Holds everything that the server wrote; gone after stop(), and after the end of this process whatever ended it. */
  directory: string;
  url(database: string): string;
  createDatabase(name: string): Promise<void>;
  /** Ends every connection, as a restart of a production server does. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const USER = 'postgres';
const ATTEMPTS = 3;
/** The server and its data end together, so nothing is gained by making writes survive a crash of the machine. */
const THROW_AWAY_SETTINGS = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  max_connections: '100',
  // Not the machine's: DMS loses the zone of a timestamp where it isn't UTC.
  timezone: 'UTC',
};

/**
 * Starts a server of its own, in about a second.
 * @param options.settings postgresql.conf settings by name, over the defaults.
 */
export async function startPostgres(options: { settings?: Record<string, string> } = {}): Promise<PostgresServer> {
  const settings = { ...THROW_AWAY_SETTINGS, ...options.settings };
  const password = randomBytes(18).toString('base64url');
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return await superviseServer({ port, user: USER, password, settings });
    } catch (error) {
      // Between the look for a free port and its use another program can take it.
      if (attempt === ATTEMPTS || !(error as Error).message.includes('Address already in use')) throw error;
    }
  }
}

async function superviseServer(orders: {
  port: number;
  user: string;
  password: string;
  settings: Record<string, string>;
}) {
  const supervisor = spawn(process.execPath, [fileURLToPath(new URL('./postgres-supervisor.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // A supervisor that ended early is reported by what it said, not by the broken pipe.
  supervisor.stdin.on('error', () => {});
  const answers = createInterface({ input: supervisor.stdout });
  supervisor.stdin.write(`${JSON.stringify(orders)}\n`);
  const { directory } = await nextAnswer(supervisor, answers);
  keepsParentAlive(supervisor, false);

  const { settings: _, ...login } = orders;
  const url = (database: string) =>
    `postgres://${orders.user}:${orders.password}@127.0.0.1:${orders.port}/${encodeURIComponent(database)}`;
  const server: PostgresServer = {
    ...login,
    directory,
    url,
    async createDatabase(name) {
      const address = { engine: 'postgres' as const, host: '127.0.0.1', ...login, database: 'postgres' };
      const client = await connect(address, {
        applicationName: 'initial-load local server',
        field: 'the local server',
      });
      try {
        await client.query(`create database ${quoteIdentifier(name)}`);
      } finally {
        await client.end();
      }
    },
    async restart() {
      keepsParentAlive(supervisor, true);
      supervisor.stdin.write('restart\n');
      await nextAnswer(supervisor, answers);
      keepsParentAlive(supervisor, false);
    },
    async stop() {
      if (supervisor.exitCode !== null) return;
      keepsParentAlive(supervisor, true);
      supervisor.stdin.end();
      await once(supervisor, 'exit');
    },
  };
  return server;
}

async function nextAnswer(supervisor: ChildProcess, answers: Interface): Promise<{ directory: string }> {
  const line = await new Promise<string>((resolve, reject) => {
    answers.once('line', resolve);
    answers.once('close', () => reject(new Error('the process that supervises it ended without a word.')));
  });
  const answer = JSON.parse(line) as { directory: string } | { error: string };
  if ('error' in answer) throw new Error(`PostgreSQL did not start: ${answer.error}`);
  return answer;
}

/** A server that merely runs keeps no program alive: a program with nothing else to do ends, and the server after it. */
function keepsParentAlive(supervisor: ChildProcess, yes: boolean): void {
  for (const handle of [supervisor, supervisor.stdin as Socket | null, supervisor.stdout as Socket | null]) {
    if (yes) handle?.ref();
    else handle?.unref();
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
