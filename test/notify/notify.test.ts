import { afterEach, describe, expect, test } from '@jest/globals';
import { printedChannels } from '../../local/printed-channels.ts';
import { RequestError } from '../../src/errors.ts';
import type { Notification } from '../../src/model.ts';
import type { Channels } from '../../src/notify/channel.ts';
import { notifyConsumer } from '../../src/notify/notify.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import { notification, sending } from './notification.ts';
import { startReceiver } from './receiver.ts';

const resultAddress = 's3://loads/loads/employees-to-mailer/result.json';
const request: Pick<LoadRequest, 'notify'> = {
  notify: [
    { channel: 'sns', topicArn: 'arn:aws:sns:eu-central-1:123456789012:loads' },
    { channel: 'eventbridge' },
    { channel: 'sqs', queueUrl: 'https://sqs.eu-central-1.amazonaws.com/123456789012/loads' },
  ],
};

let stop: (() => Promise<void>) | undefined;
afterEach(() => stop?.());

function channelsThat(send: (channel: { channel: string }, message: Notification) => Promise<never>): Channels {
  return { sns: send, eventbridge: send, sqs: send, webhook: send };
}

test('a channel that fails is recorded with its reason and leaves the others alone', async () => {
  const channels: Channels = {
    ...channelsThat(({ channel }) => Promise.resolve({ channel, status: 'sent' } as never)),
    eventbridge: () => Promise.reject(new RequestError({ field: 'bus', wrong: 'it is gone', advice: 'Make it' })),
    sqs: () => {
      throw new TypeError('no queue');
    },
  };
  const { type } = notification;
  expect(await notifyConsumer(request, notification, resultAddress, { ...sending, channels })).toEqual([
    { type, channel: 'sns', status: 'sent' },
    { type, channel: 'eventbridge', status: 'failed', detail: 'RequestError: bus: it is gone. Make it' },
    { type, channel: 'sqs', status: 'failed', detail: 'TypeError: no queue' },
  ]);
});

test('locally a webhook is called, and the rest is printed', async () => {
  const receiver = await startReceiver([200]);
  stop = receiver.stop;
  const printed: string[] = [];
  const channels = printedChannels((text) => printed.push(text));
  const notify = [...request.notify, { channel: 'webhook' as const, url: receiver.url, secret: 'env:SECRET' }];
  const records = await notifyConsumer({ notify }, notification, resultAddress, { ...sending, channels });
  expect(records.map(({ status }) => status)).toEqual(['printed', 'printed', 'printed', 'sent']);
  expect(receiver.received).toHaveLength(1);
  expect(printed[1]).toContain('InitialLoadSucceeded to eventbridge default');
  expect(printed[1]).toContain('"consumer": "mailer"');
});

describe('a notification too big for a message', () => {
  const table = notification.tables[0]!;
  const tables = Array.from({ length: 5_000 }, (_, n) => ({
    ...table,
    source: `hr.${'ü'.repeat(40)}_${n}`,
    verified: n !== 4_321,
    mismatches: n === 4_321 ? ['3 rows are missing'] : [],
  }));

  async function sent(message: Notification): Promise<Notification> {
    const seen: Notification[] = [];
    const channels = channelsThat((_channel, given) => {
      seen.push(given);
      return Promise.resolve({} as never);
    });
    await notifyConsumer({ notify: [{ channel: 'eventbridge' }] }, message, resultAddress, { ...sending, channels });
    return seen[0]!;
  }

  test('fits, keeps what was not verified, and says what is missing and where it is', async () => {
    const message = await sent({ ...notification, tables });
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(250 * 1_024);
    expect(message.tables.length).toBeGreaterThan(500);
    expect(message.tables[0]?.mismatches).toEqual(['3 rows are missing']);
    expect(message.shortened).toEqual({
      leftOut: [`${5_000 - message.tables.length} of 5000 tables`],
      resultAddress,
    });
  });

  test('fits too when it is the plan and the failure that are long', async () => {
    const long = 'x'.repeat(300_000);
    const message = await sent({
      ...notification,
      plan: { strategy: 'direct', reasons: [long], rejected: [], estimate: { seconds: 1, costUsd: 0 } },
      failure: { error: 'LoadFailedError', cause: long, advice: 'Look there' },
    });
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(250 * 1_024);
    expect(message.tables).toEqual(notification.tables);
    expect(message.shortened?.leftOut).toEqual(['a part of failure.cause', 'plan']);
  });

  test('and one that is not goes out as it is', async () => {
    expect(await sent(notification)).toEqual(notification);
  });
});
