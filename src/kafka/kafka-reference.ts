import { RequestError } from '../errors.ts';
import type { KafkaAddress } from './kafka-address.ts';

/** Where an address was looked for, to name it in errors. */
interface Place {
  field: string;
  reference: string;
}

const BROKER = /^[A-Za-z0-9.-]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/;
const HIGHEST_PORT = 65_535;
const MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256'] as const;

/**
 * A cluster from what a reference leads to: `host:port,host:port`, which is reached in the clear, or JSON:
 * `{ "brokers": "host:port,…", "security": "plaintext" | "tls" | "scram" | "iam" }` with `username`, `password` and, if it is
 * not SCRAM-SHA-512, `mechanism` for scram (`"tls": false` where the brokers know none), `ca` (PEM) where theirs isn't
 * publicly known, and `region` for iam.
 * @throws RequestError, which never holds what was read
 */
export function kafkaAddressOf(text: string, place: Place): KafkaAddress {
  if (!text.trimStart().startsWith('{')) return { brokers: brokersOf(text, place), security: { kind: 'plaintext' } };
  const secret = parse(text, place);
  return { brokers: brokersOf(secret['brokers'], place), security: securityOf(secret, place) };
}

function securityOf(secret: Record<string, unknown>, place: Place): KafkaAddress['security'] {
  const ca = optional(secret, 'ca', place);
  const kind = optional(secret, 'security', place) ?? (secret['username'] === undefined ? 'plaintext' : 'scram');
  switch (kind) {
    case 'plaintext':
      return { kind };
    case 'tls':
      return { kind, ...(ca !== undefined && { ca }) };
    case 'scram': {
      const mechanism = MECHANISMS.find((known) => known === (secret['mechanism'] ?? MECHANISMS[0]));
      if (!mechanism) throw wrong(place, `its mechanism is none of ${MECHANISMS.join(', ')}`);
      const [username, password] = [needed(secret, 'username', place), needed(secret, 'password', place)];
      const tls = secret['tls'] ?? true;
      if (typeof tls !== 'boolean') throw wrong(place, 'its tls is neither true nor false');
      return { kind, mechanism, username, password, tls, ...(ca !== undefined && { ca }) };
    }
    case 'iam':
      return { kind, region: needed(secret, 'region', place) };
    default:
      throw wrong(place, 'its security is none of plaintext, tls, scram, iam');
  }
}

function brokersOf(value: unknown, place: Place): string[] {
  const brokers = typeof value === 'string' ? value.split(',').map((broker) => broker.trim()) : [];
  if (brokers.length > 0 && brokers.every(isBroker)) return brokers;
  throw wrong(place, 'its brokers are not a list of host:port, separated by commas');
}

function isBroker(text: string): boolean {
  const port = Number(text.slice(text.lastIndexOf(':') + 1));
  return BROKER.test(text) && port > 0 && port <= HIGHEST_PORT;
}

/** JSON.parse's own message quotes the text, so it is not passed on. */
function parse(text: string, place: Place): Record<string, unknown> {
  try {
    const secret: unknown = JSON.parse(text);
    if (typeof secret === 'object' && secret !== null) return secret as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw wrong(place, 'what it holds is not a JSON object');
}

function needed(secret: Record<string, unknown>, name: string, place: Place): string {
  const value = optional(secret, name, place);
  if (value !== undefined) return value;
  throw wrong(place, `its ${name} is missing`);
}

function optional(secret: Record<string, unknown>, name: string, place: Place): string | undefined {
  const value = secret[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw wrong(place, `its ${name} is not a text`);
}

function wrong({ field, reference }: Place, what: string): RequestError {
  return new RequestError({
    field,
    value: reference,
    wrong: what,
    advice:
      'Let it hold host:port,host:port, or JSON with brokers, security and what that needs (docs/strategies/kafka.md)',
  });
}
