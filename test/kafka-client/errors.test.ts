import { describe, expect, jest, test } from '@jest/globals';
import { AuthenticationError, MultipleErrors, NetworkError, ResponseError, TimeoutError } from '@platformatic/kafka';
import { LoadFailedError, SupersededError, TransientError } from '../../src/errors.ts';
import { explainKafka, says, withPatience } from '../../src/kafka/errors.ts';

/** The protocol's numbers (kafka.apache.org, protocol, "Error Codes"). */
const CODES = {
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  NOT_LEADER_OR_FOLLOWER: 6,
  MESSAGE_TOO_LARGE: 10,
  NOT_COORDINATOR: 16,
  NOT_ENOUGH_REPLICAS: 19,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_PRODUCER_EPOCH: 47,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  UNKNOWN_PRODUCER_ID: 59,
  PRODUCER_FENCED: 90,
};
const API_PRODUCE = 0;

function answered(id: keyof typeof CODES, message: string | null = null): Error {
  return new ResponseError(API_PRODUCE, 9, { '/responses/0': [CODES[id], message] }, {});
}

describe('what a failure means in the middle of a load', () => {
  test.each<[string, Error, new (...args: never[]) => Error, RegExp]>([
    ['a later producer', answered('INVALID_PRODUCER_EPOCH'), SupersededError, /a later invocation took over/],
    ['a later producer, said in new words', answered('PRODUCER_FENCED'), SupersededError, /took over/],
    [
      'a right that is missing',
      answered('TOPIC_AUTHORIZATION_FAILED'),
      LoadFailedError,
      /is not allowed: TOPIC_AUTHORIZATION_FAILED/,
    ],
    [
      'the right to an id',
      answered('TRANSACTIONAL_ID_AUTHORIZATION_FAILED'),
      LoadFailedError,
      /is not allowed: TRANSACTIONAL_ID/,
    ],
    [
      'a right to the cluster, with the broker’s words',
      answered('CLUSTER_AUTHORIZATION_FAILED', 'Not you.'),
      LoadFailedError,
      /CLUSTER_AUTHORIZATION_FAILED: Not you\.$/,
    ],
    ['a message that is too large', answered('MESSAGE_TOO_LARGE'), LoadFailedError, /failed: MESSAGE_TOO_LARGE/],
    ['too few replicas', answered('NOT_ENOUGH_REPLICAS'), TransientError, /NOT_ENOUGH_REPLICAS/],
    ['a producer that was lost', answered('UNKNOWN_PRODUCER_ID'), TransientError, /UNKNOWN_PRODUCER_ID/],
    ['a leader that moved', answered('NOT_LEADER_OR_FOLLOWER'), TransientError, /NOT_LEADER_OR_FOLLOWER/],
    ['a connection that was cut', new NetworkError('Connection closed'), TransientError, /Connection closed/],
    ['no answer in time', new TimeoutError('Request timed out'), TransientError, /timed out/],
    [
      'no broker within reach',
      new MultipleErrors('Cannot connect', [new NetworkError('refused')]),
      TransientError,
      /refused/,
    ],
    ['a login that is refused', new AuthenticationError('SASL'), LoadFailedError, /did not accept the login/],
    [
      'a login that is refused, below the news that no connection came about',
      new MultipleErrors('Cannot connect', [new NetworkError('failed', { cause: new AuthenticationError('SASL') })]),
      LoadFailedError,
      /did not accept the login/,
    ],
  ])('%s', (_what, error, type, words) => {
    const explained = explainKafka(error, 'Feeding topics');
    expect(explained).toBeInstanceOf(type);
    expect(explained.message).toMatch(words);
    expect(explained.message).toMatch(/^Feeding topics/);
    expect(explained.cause).toBe(error);
  });

  test('what isn’t of the brokers stays what it is', () => {
    for (const error of [new SupersededError('x'), new LoadFailedError('y'), new TypeError('z')])
      expect(explainKafka(error, 'Feeding topics')).toBe(error);
    expect(explainKafka('a text', 'Feeding topics')).toBeInstanceOf(LoadFailedError);
  });
});

describe('patience', () => {
  test('asks again while the answer is one that passes', async () => {
    const refusals = ['CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR', 'NOT_LEADER_OR_FOLLOWER'] as const;
    const ask = jest.fn<() => Promise<string>>();
    for (const id of refusals) ask.mockRejectedValueOnce(answered(id));
    ask.mockResolvedValueOnce('there');
    await expect(withPatience(ask)).resolves.toBe('there');
    expect(ask).toHaveBeenCalledTimes(4);
  });

  test('takes any other answer at once', async () => {
    const ask = jest.fn(() => Promise.reject(answered('UNKNOWN_TOPIC_OR_PARTITION')));
    const error: unknown = await withPatience(ask).catch((reason: unknown) => reason);
    expect(says(error, 'UNKNOWN_TOPIC_OR_PARTITION')).toBe(true);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
