import { randomBytes } from 'node:crypto';
import { connect } from '../src/databases/postgres/connection.ts';
import { quoteIdentifier } from '../src/databases/postgres/identifiers.ts';
import { onFreePorts, startSupervised } from './supervised-server.ts';

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
  return onFreePorts(1, ([port]) => superviseServer({ port: port!, user: USER, password, settings }));
}

async function superviseServer(orders: {
  port: number;
  user: string;
  password: string;
  settings: Record<string, string>;
}) {
  const supervisor = new URL('./postgres-supervisor.ts', import.meta.url);
  const supervised = await startSupervised({ name: 'PostgreSQL', supervisor, orders });
  const { settings: _, ...login } = orders;
  const url = (database: string) =>
    `postgres://${orders.user}:${orders.password}@127.0.0.1:${orders.port}/${encodeURIComponent(database)}`;
  const server: PostgresServer = {
    ...login,
    directory: supervised.directory,
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
    restart: () => supervised.command('restart'),
    stop: () => supervised.stop(),
  };
  return server;
}
