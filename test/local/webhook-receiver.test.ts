import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startWebhookReceiver, type WebhookReceiver } from '../../local/webhook-receiver.ts';
import { sign, SIGNATURE_HEADER } from '../../src/notify/signature.ts';

const now = new Date('2026-01-01T10:00:00Z');
let receiver: WebhookReceiver;
beforeEach(async () => {
  receiver = await startWebhookReceiver('shared', () => now);
});
afterEach(() => receiver.close());

async function post(body: string, signature?: string): Promise<number> {
  const headers = signature === undefined ? {} : { [SIGNATURE_HEADER]: signature };
  return (await fetch(receiver.url, { method: 'POST', body, headers })).status;
}

test('a notification that is signed with the shared secret is taken', async () => {
  expect(await post('{"rows":1}', sign('{"rows":1}', 'shared', now))).toBe(204);
  expect(receiver.received).toMatchObject([{ notification: { rows: 1 }, signed: true }]);
});

test.each([
  ['without a signature', undefined],
  ['with another secret', sign('{}', 'other', now)],
  ['of another body', sign('{"rows":2}', 'shared', now)],
  ['sent again an hour later', sign('{}', 'shared', new Date('2026-01-01T09:00:00Z'))],
  ['with nonsense', 't=now,v1=none'],
])('one %s is not', async (_story, signature) => {
  expect(await post('{}', signature)).toBe(401);
  expect(receiver.received).toEqual([]);
});
