import { RequestError, TransientError } from '../../errors.ts';
import type { DatabaseAddress } from '../address.ts';

/** Errors of a server that may pass, by the names that both manuals have ("Server Error Message Reference"). */
const TRANSIENT_CODES = new Set([
  'ER_CON_COUNT_ERROR', // too many connections
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_OUT_OF_RESOURCES',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_SHUTDOWN_COMPLETE',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_CLIENT_INTERACTION_TIMEOUT',
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_TABLE_DEF_CHANGED', // altered between the snapshot and the read
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ECONNRESET',
  'EPIPE',
]);
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);
/** The driver has no code for it. */
const CLOSED_MESSAGE = "Can't add new command when connection is in closed state";
const USER = /\buser '[^']*'@'[^']*'/g;

/** Whether trying the same again may help. */
export function isTransient(error: unknown): boolean {
  const code = codeOf(error);
  return TRANSIENT_CODES.has(code) || UNREACHABLE_CODES.has(code) || messageOf(error) === CLOSED_MESSAGE;
}

/**
 * What a statement's error means: TransientError, or the server's own, with its code. The server says of what it denies to
 * which user it does; that is not passed on.
 */
export function queryProblem(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  error.message = error.message.replaceAll(USER, 'this user');
  return isTransient(error) ? new TransientError(error.message, { cause: error }) : error;
}

/** What to tell a person of a failed connection. Names host, port and database, never user or password. */
export function connectionProblem(
  error: unknown,
  address: DatabaseAddress,
  field: string,
): RequestError | TransientError {
  if (error instanceof RequestError || error instanceof TransientError) return error;
  const value = `${address.host}:${address.port}/${address.database}`;
  const problem = (wrong: string, advice: string) =>
    new RequestError({ field, value, wrong, advice }, { cause: error });
  const code = codeOf(error);
  const message = messageOf(error).replaceAll(USER, 'this user');

  if (UNREACHABLE_CODES.has(code)) {
    return problem(
      `cannot be reached (${code})`,
      'Check host and port, that the server runs, and that a firewall or security group lets this machine in',
    );
  }
  switch (code) {
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_ACCESS_DENIED_NO_PASSWORD_ERROR':
      return problem(
        'refused the user name or the password',
        'Check both behind the connection reference, and whether the server asks this user for TLS',
      );
    case 'ER_HOST_NOT_PRIVILEGED':
    case 'ER_HOST_IS_BLOCKED':
      return problem('does not let anybody in from here', 'Check for which hosts the user is made');
    case 'ER_BAD_DB_ERROR':
    case 'ER_DBACCESS_DENIED_ERROR':
      return problem(
        'has no such database, or none that this user may use',
        'Check the name of the database behind the connection reference, and the rights on it',
      );
    case 'ER_SECURE_TRANSPORT_REQUIRED':
      return problem('asks for TLS', 'Ask for it behind the connection reference (sslmode)');
    case 'HANDSHAKE_NO_SSL_SUPPORT':
      return problem(
        'does not speak TLS',
        'Turn TLS on at the server, or leave it out of the connection where the network is trusted',
      );
    case 'HANDSHAKE_SSL_ERROR':
      return problem(
        `has a TLS certificate that cannot be trusted (${message})`,
        "Give the certificate authority's certificate with the connection, and the host name that the certificate is for",
      );
    default:
      if (isTransient(error)) return new TransientError(`${field} (${value}): ${message}`, { cause: error });
      return problem(
        `cannot be connected to: ${message}`,
        'Check what the connection reference holds, and that a MySQL or MariaDB server listens there',
      );
  }
}

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
