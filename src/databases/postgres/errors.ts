import { ERROR_NAMES, LoadFailedError, RequestError, TransientError } from '../../errors.ts';
import type { DatabaseAddress } from '../address.ts';

/** SQLSTATEs that may pass; class 08 (connection exceptions) besides. PostgreSQL manual, appendix A. */
const TRANSIENT_STATES = new Set([
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
  '55P03', // lock_not_available
  '57P01', // admin_shutdown, pg_terminate_backend
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting up or shutting down
  '57P05', // idle_session_timeout
]);
/** Violations whose detail is the whole row: NOT NULL, check constraints and partitions, check options of views. */
const WHOLE_ROW_STATES = new Set(['23502', '23514', '44000']);
const PROTOCOL_VIOLATION = '08P01';
const UNREACHABLE_CODES = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EAI_AGAIN',
]);
const CUT_CODES = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);
/** pg has no codes for these. */
const CUT_MESSAGES = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
]);
const TIMED_OUT_MESSAGE = 'timeout expired';
const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

/** Whether trying the same again may help. Looks at the error and at what caused it. */
export function isTransient(error: unknown): boolean {
  for (let cause = error as Partial<Error> | null | undefined; cause; cause = cause.cause as typeof cause) {
    if (cause instanceof TransientError) return true;
    if (cause instanceof RequestError) return false;
    const code = codeOf(cause);
    if (code.startsWith('08') && code !== PROTOCOL_VIOLATION) return true;
    if (TRANSIENT_STATES.has(code) || CUT_CODES.has(code) || UNREACHABLE_CODES.has(code)) return true;
    const { message = '' } = cause;
    if (CUT_MESSAGES.has(message) || message === TIMED_OUT_MESSAGE) return true;
  }
  return false;
}

/**
 * What the database said, with the key or object it said it of. Whole rows, which it adds where a constraint of the row
 * is violated, are left out: a message goes to people and places that the data must not go to.
 */
export function databaseMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const detail = 'detail' in error && typeof error.detail === 'string' ? error.detail : '';
  return detail === '' || WHOLE_ROW_STATES.has(codeOf(error)) ? error.message : `${error.message}: ${detail}`;
}

/**
 * What an error in the middle of a load means to the state machine: TransientError, or LoadFailedError with the
 * database's own words. What means something already, or is no database's error, stays as it is.
 * @param where for people: which database, and what was done
 */
export function explainInLoad(error: unknown, where: string): unknown {
  if (error instanceof Error && (ERROR_NAMES as readonly string[]).includes(error.name)) return error;
  const message = `${where}: ${databaseMessage(error)}`;
  if (isTransient(error)) return new TransientError(message, { cause: error });
  return codeOf(error) === '' ? error : new LoadFailedError(message, { cause: error });
}

/** What to tell a person of a failed connection. Names host, port and database, never user or password. */
export function connectionProblem(
  error: unknown,
  address: DatabaseAddress,
  field: string,
): RequestError | TransientError {
  const value = `${address.host}:${address.port}/${address.database}`;
  const problem = (wrong: string, advice: string) =>
    new RequestError({ field, value, wrong, advice }, { cause: error });
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);

  if (UNREACHABLE_CODES.has(code) || message === TIMED_OUT_MESSAGE) {
    const reason = code === '' ? 'no answer in time' : code;
    return problem(
      `cannot be reached (${reason})`,
      'Check host and port, that the server runs, and that a firewall or security group lets this machine in',
    );
  }
  if (message.startsWith('SASL:') && message.includes('client password must be'))
    return problem('asks for a password, and there is none', 'Put it behind the connection reference');
  if (code === '28P01')
    return problem('refused the user name or the password', 'Check both behind the connection reference');
  if (code === '28000') {
    return problem(
      'does not let this user in from here',
      "Check the user name, the server's pg_hba.conf, and whether it asks for TLS",
    );
  }
  if (code === '3D000')
    return problem('has no such database', 'Check the name of the database behind the connection reference');
  if (code === '42501') return problem('may not be connected to by this user', 'Grant CONNECT on the database to it');
  if (code === '55000') return problem('accepts no connections', 'Name a database that does, not a template');
  if (message === 'The server does not support SSL connections') {
    return problem(
      'does not speak TLS',
      'Turn TLS on at the server, or leave it out of the connection where the network is trusted',
    );
  }
  if (TLS_CODES.test(code)) {
    return problem(
      `has a TLS certificate that cannot be trusted (${code})`,
      "Give the certificate authority's certificate with the connection, and the host name that the certificate is for",
    );
  }
  if (isTransient(error)) return new TransientError(`${field} (${value}): ${message}`, { cause: error });
  return problem(
    `cannot be connected to: ${message}`,
    'Check what the connection reference holds, and that a PostgreSQL server listens there',
  );
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
