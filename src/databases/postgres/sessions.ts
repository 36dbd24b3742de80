import type { Client } from './connection.ts';
import { quoteLiteral } from './identifiers.ts';

/** Longest application_name that PostgreSQL keeps, in bytes (NAMEDATALEN − 1). */
const APPLICATION_NAME_BYTES = 63;

/** The application_name of a load's connections: what tells its sessions from all others, so that they can be ended. */
export function sessionName(loadId: string, part: string): string {
  return `il ${loadId} ${part}`.slice(0, APPLICATION_NAME_BYTES);
}

/**
 * Ends the other sessions whose application_name begins so. Needs only their own role (pg_signal_backend is not needed).
 * @param except those of exactly this name go on
 */
export function endSessionsSql(applicationNamePrefix: string, except = ''): string {
  return (
    'select pg_terminate_backend(pid) from pg_stat_activity ' +
    `where starts_with(application_name, ${quoteLiteral(applicationNamePrefix)}) ` +
    `and application_name <> ${quoteLiteral(except)} and pid <> pg_backend_pid() ` +
    'and datname = current_database() and usename = current_user'
  );
}

export async function terminateSessions(client: Client, applicationNamePrefix: string): Promise<void> {
  await client.query(endSessionsSql(applicationNamePrefix));
}
