import { Client } from 'pg';
import type { DatabaseAddress } from '../address.ts';
import { LoadFailedError, RequestError, TransientError } from '../../errors.ts';
import { connectionProblem, isTransient } from './errors.ts';
import { SESSION_SETTINGS } from './session-settings.ts';

export { isTransient } from './errors.ts';
export type { Client };

const CONNECTION_TIMEOUT_SECONDS = 10;
const GOODBYE_MILLISECONDS = 1_000;

/**
 * @param options.applicationName see sessionName in sessions.ts.
 * @param options.field the request's path that the address came from, named when connecting fails.
 * @throws RequestError when it can't be right (login, database, host, TLS), TransientError when it may pass
 */
export async function connect(
  address: DatabaseAddress,
  options: { applicationName: string; field: string },
): Promise<Client> {
  const client = new Client({
    host: address.host,
    port: address.port,
    database: address.database,
    user: address.user,
    password: address.password,
    ssl: address.tls
      ? { rejectUnauthorized: address.tls.verify, ...(address.tls.ca && { ca: address.tls.ca }) }
      : false,
    application_name: options.applicationName,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_SECONDS * 1_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // A connection that drops while idle emits this; the next query fails and says so. Unheard it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await applySettings(client);
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw connectionProblem(error, address, options.field);
  }
}

/**
 * Connects again in the middle of a load. What plan found within reach is expected to be so again: being out of reach is
 * taken to pass (a restart, a cut line) until the state machine's retries are used up. A database that was dropped, or a
 * password that was changed, doesn't come back by itself.
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

/**
 * Settings that this version of the server doesn't know are left out. That takes a query of pg_settings, which a short
 * statement_timeout of the role or database would end: so that one goes first.
 */
async function applySettings(client: Client): Promise<void> {
  await client.query('set statement_timeout = 0');
  await client.query(
    `select pg_catalog.set_config(s.name, w.value, false)
       from pg_catalog.json_each_text($1::json) w(name, value)
       join pg_catalog.pg_settings s on pg_catalog.lower(s.name) = w.name`,
    [JSON.stringify(SESSION_SETTINGS)],
  );
}

/** Closes a connection without waiting long for a server that doesn't answer any more. */
export async function hangUp(client: Client | undefined): Promise<void> {
  if (!client) return;
  const ended = client.end().catch(() => undefined);
  const patience = new Promise((resolve) => setTimeout(resolve, GOODBYE_MILLISECONDS).unref());
  await Promise.race([ended, patience]);
  client.connection.stream.destroy();
}
