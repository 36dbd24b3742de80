import { afterEach, expect, test } from '@jest/globals';
import { RequestError } from '../../src/errors.ts';
import { sendToWebhook } from '../../src/notify/webhook.ts';
import { notification, sending } from './notification.ts';
import { isGenuine, startReceiver } from './receiver.ts';

const impatient = { timeoutSeconds: 5, pausesSeconds: [0, 0, 0] };
const nowSeconds = sending.now().getTime() / 1_000;

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

async function receiver(answers: (number | 'hang')[], headers?: Record<string, string>) {
  const started = await startReceiver(answers, headers);
  stop = started.stop;
  return started;
}

function send(url: string, patience = impatient, secret = 'env:HOOK_SECRET') {
  return sendToWebhook({ channel: 'webhook', url, secret }, notification, sending, patience);
}

test('a receiver gets the notification and can tell that it is genuine', async () => {
  const { url, received } = await receiver([204]);
  expect(await send(url)).toEqual({ channel: 'webhook', status: 'sent' });
  expect(received).toHaveLength(1);
  const [message] = received;
  expect(JSON.parse(message!.body)).toEqual(notification);
  expect(message!.headers['content-type']).toBe('application/json');
  expect(isGenuine(message!, 'the secret env:HOOK_SECRET', nowSeconds)).toBe(true);
});

test('a receiver can tell a changed, a foreign and an old message', async () => {
  const { url, received } = await receiver([200]);
  await send(url);
  const message = received[0]!;
  const secret = 'the secret env:HOOK_SECRET';
  expect(isGenuine({ ...message, body: message.body.replace('mailer', 'mallory') }, secret, nowSeconds)).toBe(false);
  expect(isGenuine(message, 'another secret', nowSeconds)).toBe(false);
  expect(isGenuine(message, secret, nowSeconds + 3_600)).toBe(false);
});

test('a receiver that fails twice is told a third time, as the same delivery', async () => {
  const { url, received } = await receiver([500, 429, 200]);
  expect(await send(url)).toEqual({ channel: 'webhook', status: 'sent' });
  expect(received.map(({ headers }) => headers['initial-load-delivery'])).toEqual(
    Array(3).fill('employees-to-mailer-1-InitialLoadSucceeded'),
  );
});

test('a receiver that goes on failing is given up after three further tries', async () => {
  const { url, received } = await receiver([500, 502, 503, 504, 200]);
  const record = await send(url);
  expect(received).toHaveLength(4);
  expect(record).toMatchObject({ status: 'failed', detail: `${new URL(url).host} answered 504.` });
});

test('a receiver that refuses is not asked again, and what it says is not repeated', async () => {
  const { url, received } = await receiver([401, 200]);
  expect(await send(url)).toEqual({
    channel: 'webhook',
    status: 'failed',
    detail: `${new URL(url).host} answered 401.`,
  });
  expect(received).toHaveLength(1);
});

test('a redirect is not followed', async () => {
  const elsewhere = await startReceiver([200]);
  const { url } = await receiver([307], { location: elsewhere.url });
  const record = await send(url);
  await elsewhere.stop();
  expect(elsewhere.received).toEqual([]);
  expect(record).toMatchObject({ status: 'failed' });
  expect(record.detail).toContain('307, a redirect');
});

test('a receiver that hangs is not waited for', async () => {
  const { url, received } = await receiver(['hang', 'hang']);
  const record = await send(url, { timeoutSeconds: 0.2, pausesSeconds: [0] });
  expect(received).toHaveLength(2);
  expect(record.detail).toContain('did not answer within 0.2 s');
});

test('a receiver that hangs once is told again', async () => {
  const { url } = await receiver(['hang', 200]);
  expect(await send(url, { timeoutSeconds: 0.5, pausesSeconds: [0] })).toMatchObject({ status: 'sent' });
});

test('a receiver that is down is named by its host, without the path, which may hold a token', async () => {
  const { url, stop: stopNow } = await startReceiver([]);
  await stopNow();
  const record = await send(url);
  expect(record).toMatchObject({
    status: 'failed',
    detail: `${new URL(url).host} could not be reached (ECONNREFUSED).`,
  });
});

test.each([
  'http://example.com/hook',
  'http://127.0.0.1.example.com/',
  'ftp://127.0.0.1/',
  'https://user:pw@example.com/',
])('%s is refused before anything is sent', async (url) => {
  await expect(send(url)).rejects.toBeInstanceOf(RequestError);
});
