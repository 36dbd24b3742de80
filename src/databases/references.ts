import { RequestError } from '../errors.ts';
import { parseReference } from '../request/reference.ts';
import { ENGINES, type ConnectionReference, type Engine } from '../request/schema.ts';
import type { DatabaseAddress } from './address.ts';
import { addressFromSecret, type Beside } from './secret-address.ts';
import { addressFromUrl } from './url-address.ts';

/** Where references lead. Messages of errors never hold what was read there. */
export interface ReferenceSources {
  /** Absent in a deployment, where no request may name an environment variable. */
  environmentVariable?: (name: string) => string | undefined;
  /** @throws RequestError, TransientError */
  readSecret(id: string, field: string): Promise<string>;
  /** @throws RequestError, TransientError */
  readParameter(path: string, field: string): Promise<string>;
}

/**
 * The address behind a connection of the request.
 *
 * "env:NAME" and "ssm:/path" hold a URL, `postgres://user:password@host:port/database?sslmode=require`; "ssm:/path" may
 * also hold JSON, and a secret always does, as RDS writes it: engine, host, port, dbname, username, password, plus the
 * optional ssl, sslmode and sslrootcert (PEM). What the request's object form says of host, port and dbname counts
 * before what the secret says.
 * @param engine the request's
 * @throws RequestError naming `field`, TransientError
 */
export async function resolveConnection(
  connection: ConnectionReference,
  field: string,
  engine: Engine | undefined,
  sources: ReferenceSources,
): Promise<DatabaseAddress> {
  const { secret, ...beside } = typeof connection === 'string' ? { secret: connection } : connection;
  const value = await resolveSecret(secret, field, sources);
  const place = { field, reference: secret };
  const isSecret = parseReference(secret, field).kind === 'secret';
  const address =
    isSecret || value.trimStart().startsWith('{')
      ? addressFromSecret(value, beside, engine, place)
      : { ...addressFromUrl(value, place), ...renamed(beside) };
  if (engine === undefined || address.engine === engine) return address;
  throw new RequestError({
    field,
    value: secret,
    wrong: `it leads to a database of engine ${address.engine}, but the request says ${engine}`,
    advice: `Correct the engine, which may be ${ENGINES.join(', ')}, or the reference`,
  });
}

/** @throws RequestError naming `field`, TransientError */
export async function resolveSecret(reference: string, field: string, sources: ReferenceSources): Promise<string> {
  const parsed = parseReference(reference, field);
  switch (parsed.kind) {
    case 'secret':
      return sources.readSecret(parsed.id, field);
    case 'parameter':
      return sources.readParameter(parsed.path, field);
    case 'environment':
      return readVariable(parsed.name, field, sources);
  }
}

function readVariable(name: string, field: string, { environmentVariable }: ReferenceSources): string {
  if (environmentVariable === undefined) {
    throw new RequestError({
      field,
      value: `env:${name}`,
      wrong: 'an environment variable can only be named in a local run',
      advice: 'Put the value into Secrets Manager and name the secret here',
    });
  }
  const value = environmentVariable(name);
  if (value) return value;
  throw new RequestError({
    field,
    value: `env:${name}`,
    wrong: `the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
    advice: `Set it: export ${name}=…`,
  });
}

function renamed({ host, port, dbname }: Beside): Partial<DatabaseAddress> {
  return { ...(host && { host }), ...(port && { port }), ...(dbname && { database: dbname }) };
}
