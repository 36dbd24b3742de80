import { describe, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { kafkaAddressOf } from '../../src/kafka/kafka-reference.ts';

const place = { field: 'topics.brokers', reference: 'kafka/brokers' };
const of = (value: unknown) => kafkaAddressOf(typeof value === 'string' ? value : JSON.stringify(value), place);
const brokers = 'b-1.example.com:9092';

describe('a reference leads to a cluster', () => {
  test('by brokers alone, in the clear', () => {
    expect(of(' b-1.example.com:9092 , 10.0.0.1:9093,[::1]:9094\n')).toEqual({
      brokers: ['b-1.example.com:9092', '10.0.0.1:9093', '[::1]:9094'],
      security: { kind: 'plaintext' },
    });
  });

  test.each([
    ['by JSON that says no more', {}, { kind: 'plaintext' }],
    ['in the clear', { security: 'plaintext' }, { kind: 'plaintext' }],
    ['by TLS', { security: 'tls' }, { kind: 'tls' }],
    ['by TLS with a certificate of its own', { security: 'tls', ca: 'PEM' }, { kind: 'tls', ca: 'PEM' }],
    [
      'with a user, who has a password',
      { username: 'u', password: 'p' },
      { kind: 'scram', mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p', tls: true },
    ],
    [
      'with a user, without TLS, by the other mechanism',
      { security: 'scram', username: 'u', password: 'p', tls: false, mechanism: 'SCRAM-SHA-256', ca: null },
      { kind: 'scram', mechanism: 'SCRAM-SHA-256', username: 'u', password: 'p', tls: false },
    ],
    [
      'with a user and a certificate',
      { username: 'u', password: 'p', ca: 'PEM' },
      { kind: 'scram', mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p', tls: true, ca: 'PEM' },
    ],
    ['of MSK', { security: 'iam', region: 'eu-central-1' }, { kind: 'iam', region: 'eu-central-1' }],
  ])('%s', (_how, more, security) => {
    expect(of({ brokers, ...more })).toEqual({ brokers: [brokers], security });
  });
});

const SECRET = 'hunter2-of-b-9';
describe('what leads nowhere is refused, and nothing of it repeated', () => {
  test.each<[string, unknown, RegExp]>([
    ['nothing', '', /not a list of host:port/],
    ['no port', SECRET, /not a list of host:port/],
    ['a URL with a login', `kafka://user:${SECRET}@host:9092`, /not a list of host:port/],
    ['a port that is none', 'b-1.example.com:70000', /not a list of host:port/],
    ['an empty entry', `${brokers},,${SECRET}`, /not a list of host:port/],
    ['broken JSON', `{"brokers": "${SECRET}`, /not a JSON object/],
    ['JSON without brokers', { password: SECRET }, /not a list of host:port/],
    ['a list in JSON', { brokers: [SECRET] }, /not a list of host:port/],
    ['another security', { brokers, security: SECRET }, /none of plaintext, tls, scram, iam/],
    ['a user without a password', { brokers, username: SECRET }, /its password is missing/],
    ['a password without a user', { brokers, security: 'scram', password: SECRET }, /its username is missing/],
    ['an empty password', { brokers, username: SECRET, password: '' }, /its password is missing/],
    ['a password that is a number', { brokers, username: SECRET, password: 7 }, /its password is not a text/],
    ['another mechanism', { brokers, username: 'u', password: SECRET, mechanism: 'PLAIN' }, /its mechanism is none of/],
    ['MSK without a region', { brokers, security: 'iam', username: SECRET }, /its region is missing/],
    ['a certificate that is none', { brokers, security: 'tls', ca: { pem: SECRET } }, /its ca is not a text/],
    [
      'tls that is neither true nor false',
      { brokers, username: 'u', password: SECRET, tls: 'false' },
      /its tls is neither true nor false/,
    ],
  ])('%s', (_what, value, wrong) => {
    const refusal = (): Error => {
      try {
        of(value);
      } catch (error) {
        return error as Error;
      }
      throw new Error('It was not refused.');
    };
    const error = refusal();
    expect(error).toBeInstanceOf(RequestError);
    expect(error.message).toMatch(wrong);
    expect(error.message).toContain('topics.brokers ("kafka/brokers")');
    expect(error.message + String(error.cause)).not.toContain(SECRET);
  });
});
