import { setTimeout as sleep } from 'node:timers/promises';
import type { Delivery, Notification } from '../model.ts';
import type { NotifyChannel } from '../request/schema.ts';
import { assertSafeUrl } from '../request/urls.ts';
import type { Sending } from './channel.ts';
import { deliveryId } from './queue-message.ts';
import { sign, SIGNATURE_HEADER } from './signature.ts';

interface Patience {
  timeoutSeconds: number;
  /** Before each further try. */
  pausesSeconds: number[];
}
const PATIENCE: Patience = { timeoutSeconds: 10, pausesSeconds: [1, 2, 4] };

/** How one try ended: `detail` says why it failed. */
type Try = { status: 'sent' } | { status: 'failed'; detail: string; mayPass: boolean };

/**
 * Posts the notification as JSON, signed (see signature.ts). Tried again when the receiver can't be reached, is too slow
 * or answers 5xx or 429; every try has the same `initial-load-delivery`, by which a receiver knows a message that it has.
 * Redirects are not followed, because the host that they lead to was not allowed; the answer's body is not read.
 */
export async function sendToWebhook(
  { channel, url, secret }: Extract<NotifyChannel, { channel: 'webhook' }>,
  notification: Notification,
  { now, resolveSecret }: Sending,
  { timeoutSeconds, pausesSeconds }: Patience = PATIENCE,
): Promise<Delivery> {
  assertSafeUrl(url, 'notify.url');
  const key = await resolveSecret(secret, 'notify.secret');
  const body = JSON.stringify(notification);
  const post = () =>
    tryOnce(url, timeoutSeconds, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'initial-load-delivery': deliveryId(notification),
        [SIGNATURE_HEADER]: sign(body, key, now()),
      },
    });
  let last = await post();
  for (const pauseSeconds of pausesSeconds) {
    if (last.status === 'sent' || !last.mayPass) break;
    await sleep(pauseSeconds * 1_000);
    last = await post();
  }
  return last.status === 'sent' ? { channel, status: 'sent' } : { channel, status: 'failed', detail: last.detail };
}

async function tryOnce(url: string, timeoutSeconds: number, request: RequestInit): Promise<Try> {
  // Only the host is named in what is written down: a path may hold a token.
  const { host } = new URL(url);
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutSeconds * 1_000),
    });
    await response.body?.cancel();
    if (response.ok) return { status: 'sent' };
    const { status } = response;
    const redirected = status >= 300 && status < 400 ? ', a redirect, which is not followed' : '';
    return {
      status: 'failed',
      detail: `${host} answered ${status}${redirected}.`,
      mayPass: status >= 500 || status === 429,
    };
  } catch (error) {
    return { status: 'failed', detail: `${host} ${reasonOf(error, timeoutSeconds)}.`, mayPass: true };
  }
}

function reasonOf(error: unknown, timeoutSeconds: number): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') return `did not answer within ${timeoutSeconds} s`;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return `could not be reached (${code ?? name})`;
}
