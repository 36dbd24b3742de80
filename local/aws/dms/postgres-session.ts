import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Dialect, Login } from './database.ts';

/** As DMS's sessions are told from others in pg_stat_activity. */
const APPLICATION_NAME = 'dms stand-in';
const FORMATS =
  '-c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c extra_float_digits=1 -c timezone=UTC';

export const postgresDialect: Dialect = {
  name: escapeIdentifier,
  literal: (value) => escapeLiteral(value),
};

/** One session; every value comes as text. */
export class PostgresSession {
  readonly client: Client;
  readonly #login: Login;
  #process = 0;

  private constructor(login: Login) {
    this.#login = login;
    this.client = clientFor(login);
    // A cut connection fails the query that is under way; without a listener it would end the process as well.
    this.client.on('error', () => {});
  }

  static async open(login: Login): Promise<PostgresSession> {
    const session = new PostgresSession(login);
    await session.client.connect();
    const { rows } = await session.client.query<[string]>({ text: 'select pg_backend_pid()', rowMode: 'array' });
    session.#process = Number(rows[0]?.[0]);
    return session;
  }

  /** From outside: a statement may wait for a lock that isn't given. */
  async cut(): Promise<void> {
    const other = clientFor(this.#login);
    await other.connect();
    try {
      await other.query('select pg_terminate_backend($1)', [this.#process]);
    } finally {
      await other.end();
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

function clientFor({ host, port, database, user, password, tls }: Login): Client {
  return new Client({
    host,
    port,
    database,
    user,
    password,
    ssl: tls === 'none' ? false : { rejectUnauthorized: tls !== 'require' },
    application_name: APPLICATION_NAME,
    options: FORMATS,
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: () => (value: unknown) => value },
  });
}
