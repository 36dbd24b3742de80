import { RequestError } from '../errors.ts';
import type { DatabaseAddress } from './address.ts';
import { DEFAULT_PORTS, engineNamed } from './engines.ts';
import type { Place } from './secret-address.ts';
import { tlsOf } from './tls.ts';

/**
 * An address from a URL, `postgres://user:password@host:port/database?sslmode=verify-full`, its parts percent-encoded.
 * No part of it is ever repeated in a message: after a sign that was not encoded, a host can be half a password.
 */
export function addressFromUrl(text: string, place: Place): DatabaseAddress {
  const url = parse(text, place);
  const engine = engineNamed(url.protocol.slice(0, -1));
  if (engine === undefined) throw wrongUrl(place, 'the URL is of no engine that is known here');
  if (url.hash !== '') throw wrongUrl(place, 'there is a # in the URL');
  // In postgres://u:pa@ss/word@host/db the host would be `ss`, and what follows it would be shown as the database's name.
  if (/[@/]/.test(url.pathname.slice(1))) throw wrongUrl(place, 'there is an @ or a second / after the host');
  const tls = tlsOf({ sslmode: sslmodeOf(url, place) }, place);
  return {
    engine,
    host: part('host', url.hostname.replace(/^\[(.*)\]$/, '$1'), place),
    port: url.port === '' ? DEFAULT_PORTS[engine] : Number(url.port),
    database: part('database', url.pathname.slice(1), place),
    user: part('user', url.username, place),
    password: decode(url.password, place),
    ...(tls && { tls }),
  };
}

/** The error of `new URL` holds the URL, so it is not passed on. */
function parse(text: string, place: Place): URL {
  if (URL.canParse(text.trim())) return new URL(text.trim());
  throw wrongUrl(place, 'what it holds is not a URL');
}

function part(name: string, encoded: string, place: Place): string {
  if (encoded !== '') return decode(encoded, place);
  throw wrongUrl(place, `the URL has no ${name}`);
}

function decode(encoded: string, place: Place): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    throw wrongUrl(place, 'the URL holds a % that begins no percent-encoded sign');
  }
}

/** What else a URL asks for would be left out silently, so it is refused. */
function sslmodeOf({ searchParams }: URL, place: Place): string {
  const others = [...searchParams.keys()].some((name) => name !== 'sslmode');
  if (others) throw wrongUrl(place, 'the URL has parameters other than sslmode');
  return searchParams.get('sslmode') ?? 'disable';
}

function wrongUrl({ field, reference }: Place, wrong: string): RequestError {
  return new RequestError({
    field,
    value: reference,
    wrong,
    advice:
      'Write postgres://user:password@host:5432/database, with ?sslmode=require where the server asks for TLS, and signs ' +
      'such as @ : / # % in a name or password percent-encoded',
  });
}
