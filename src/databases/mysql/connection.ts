import type { Connection } from 'mysql2/promise';
import { LoadFailedError, RequestError, TransientError } from '../../errors.ts';
import type { DatabaseAddress } from '../address.ts';
import { codeOf, connectionProblem, isTransient, queryProblem } from './errors.ts';

export interface Client {
  isMariadb: boolean;
  /** What @@version says. */
  version: string;
  /** Values stand in for each `?`. A whole number of a large type comes as text. @throws TransientError, the server's error */
  query<Row>(sql: string, values?: unknown[]): Promise<Row[]>;
  end(): Promise<void>;
}

const CONNECTION_TIMEOUT_SECONDS = 10;
const KEEP_ALIVE_SECONDS = 30;
/** A statement that was ended because of its time limit, as MariaDB and as MySQL call it. */
const TIME_LIMIT_CODES = new Set(['ER_STATEMENT_TIMEOUT', 'ER_QUERY_TIMEOUT']);

/**
 * Times are of UTC, and no sql_mode of the server's changes what a quote or a backslash means: values are quoted by the
 * driver. A statement may take as long as it takes.
 */
const SESSION_SETTINGS = "time_zone = '+00:00', sql_mode = 'NO_ENGINE_SUBSTITUTION'";

/**
 * @param options.applicationName stands in the session's connection attributes as program_name
 * @param options.field the request's path that the address came from, named when connecting fails.
 * @throws RequestError when it can't be right (login, database, host, TLS), TransientError when it may pass
 */
export async function connect(
  address: DatabaseAddress,
  options: { applicationName: string; field: string },
): Promise<Client> {
  // On first use: loads from PostgreSQL never need it.
  const { createConnection } = await import('mysql2/promise');
  let connection: Connection | undefined;
  try {
    connection = await createConnection({
      host: address.host,
      port: address.port,
      database: address.database,
      user: address.user,
      password: address.password,
      ...(address.tls && {
        ssl: {
          rejectUnauthorized: address.tls.verify,
          verifyIdentity: address.tls.verify,
          ...(address.tls.ca && { ca: address.tls.ca }),
        },
      }),
      connectAttributes: { program_name: options.applicationName },
      connectTimeout: CONNECTION_TIMEOUT_SECONDS * 1_000,
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_SECONDS * 1_000,
      charset: 'utf8mb4',
      dateStrings: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
      disableEval: true,
      flags: ['-LOCAL_FILES'],
    });
    // A connection that drops while idle emits this; the next query fails and says so. Unheard it would end the process.
    connection.on('error', () => {});
    return await prepare(clientOn(connection));
  } catch (error) {
    connection?.destroy();
    throw connectionProblem(error, address, options.field);
  }
}

/**
 * Connects again in the middle of a load, see the same function of PostgreSQL.
 * @throws TransientError, LoadFailedError
 */
export async function reconnect(
  address: DatabaseAddress,
  options: { applicationName: string; field: string },
): Promise<Client> {
  try {
    return await connect(address, options);
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (isTransient(error.cause)) throw new TransientError(error.message, { cause: error });
    throw new LoadFailedError(error.message, { cause: error });
  }
}

/** @returns undefined when it took longer than that */
export async function withinSeconds<T>(
  client: Client,
  seconds: number,
  work: () => Promise<T>,
): Promise<T | undefined> {
  await setTimeLimit(client, seconds);
  try {
    return await work();
  } catch (error) {
    if (TIME_LIMIT_CODES.has(codeOf(error))) return undefined;
    throw error;
  } finally {
    await setTimeLimit(client, 0).catch(() => {});
  }
}

function clientOn(connection: Connection): Omit<Client, 'isMariadb' | 'version'> {
  return {
    async query<Row>(sql: string, values: unknown[] = []): Promise<Row[]> {
      try {
        const [rows] = await connection.query(sql, values);
        return rows as Row[];
      } catch (error) {
        throw queryProblem(error);
      }
    },
    end: () => connection.end(),
  };
}

async function prepare(session: Omit<Client, 'isMariadb' | 'version'>): Promise<Client> {
  await session.query(`set ${SESSION_SETTINGS}`);
  const [row] = await session.query<{ version: string }>('select @@version as version');
  const version = row!.version;
  const client = { ...session, version, isMariadb: /mariadb/i.test(version) };
  await setTimeLimit(client, 0);
  return client;
}

/** Of a statement; 0: none. */
async function setTimeLimit(client: Client, seconds: number): Promise<void> {
  await client.query(
    client.isMariadb ? `set max_statement_time = ${seconds}` : `set max_execution_time = ${seconds * 1_000}`,
  );
}
