import { RequestError } from '../errors.ts';
import type { ConnectionReference, Engine } from '../request/schema.ts';
import type { DatabaseAddress } from './address.ts';
import { DEFAULT_PORTS, engineNamed } from './engines.ts';
import { tlsOf } from './tls.ts';

/** What the request says of the database beside the secret. */
export type Beside = Omit<Exclude<ConnectionReference, string>, 'secret'>;

/** Where an address was looked for, to name it in errors. */
export interface Place {
  field: string;
  reference: string;
}

/**
 * An address from the JSON that RDS writes into secrets. The ones that RDS manages itself hold only username and
 * password: the rest then stands in the request. Without a word on TLS it is asked for: RDS for PostgreSQL refuses
 * connections without it since version 15.
 */
export function addressFromSecret(
  text: string,
  beside: Beside,
  engine: Engine | undefined,
  place: Place,
): DatabaseAddress {
  const secret = parse(text, place);
  const found = engineOf(secret, engine, place);
  const tls = tlsOf({ sslmode: sslmodeOf(secret), certificate: optional(secret, 'sslrootcert', place) }, place);
  return {
    engine: found,
    host: beside.host ?? needed(secret, 'host', place),
    port: beside.port ?? portOf(secret, place) ?? DEFAULT_PORTS[found],
    database: beside.dbname ?? needed(secret, 'dbname', place),
    user: needed(secret, 'username', place),
    password: needed(secret, 'password', place),
    ...(tls && { tls }),
  };
}

type Secret = Record<string, unknown>;

/** JSON.parse's own message quotes the text, so it is not passed on. */
function parse(text: string, place: Place): Secret {
  try {
    const secret: unknown = JSON.parse(text);
    if (typeof secret === 'object' && secret !== null && !Array.isArray(secret)) return secret as Secret;
  } catch {
    // Reported below.
  }
  throw wrongSecret(place, 'what it holds is not a JSON object');
}

function engineOf(secret: Secret, engine: Engine | undefined, place: Place): Engine {
  const name = optional(secret, 'engine', place);
  if (name !== undefined) {
    const known = engineNamed(name);
    if (known !== undefined) return known;
    throw wrongSecret(place, 'its engine is not one that is known here');
  }
  if (engine !== undefined) return engine;
  throw wrongSecret(place, 'its engine is missing');
}

function sslmodeOf({ sslmode, ssl }: Secret): unknown {
  if (sslmode !== undefined) return sslmode;
  return ssl === false || ssl === 'false' ? 'disable' : 'require';
}

function portOf({ port }: Secret, place: Place): number | undefined {
  if (port === undefined || port === null || port === '') return undefined;
  const value = Number(port);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw wrongSecret(place, 'its port is not a number from 1 to 65535');
}

function needed(secret: Secret, name: string, place: Place): string {
  const value = optional(secret, name, place);
  if (value !== undefined) return value;
  const isInRequest = name === 'host' || name === 'dbname';
  throw wrongSecret(
    place,
    `its ${name} is missing`,
    isInRequest ? `Add it to the secret, or write { "secret": …, "${name}": … } in the request` : undefined,
  );
}

function optional(secret: Secret, name: string, place: Place): string | undefined {
  const value = secret[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw wrongSecret(place, `its ${name} is not a text`);
}

function wrongSecret({ field, reference }: Place, wrong: string, advice?: string): RequestError {
  return new RequestError({
    field,
    value: reference,
    wrong,
    advice: advice ?? 'Write the JSON that RDS writes: engine, host, port, dbname, username and password',
  });
}
