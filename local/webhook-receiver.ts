import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { sign, SIGNATURE_HEADER } from '../src/notify/signature.ts';

export interface Received {
  notification: unknown;
  /** The header as it came. */
  signature: string;
  /** Whether the signature is that of the body, made with the shared secret a short time ago. */
  signed: boolean;
}

/** Stands for the consuming app: takes notifications on the loopback address, checked as a receiver should check them. */
export interface WebhookReceiver {
  url: string;
  received: Received[];
  close(): Promise<void>;
}

const OLDEST_SECONDS = 300;

/** @param onReceived called with each notification whose signature is right */
export async function startWebhookReceiver(
  secret: string,
  now: () => Date,
  onReceived: (notification: unknown) => void = () => {},
): Promise<WebhookReceiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const answer = async () => {
      const one = await receive(request, secret, now());
      if (one.signed) received.push(one);
      response.writeHead(one.signed ? 204 : 401).end();
      if (one.signed) onReceived(one.notification);
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/initial-load`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function receive(request: IncomingMessage, secret: string, now: Date): Promise<Received> {
  const body = (await buffer(request)).toString();
  const signature = String(request.headers[SIGNATURE_HEADER] ?? '');
  const signed = isSigned(body, signature, secret, now);
  return { notification: signed ? (JSON.parse(body) as unknown) : undefined, signature, signed };
}

function isSigned(body: string, signature: string, secret: string, now: Date): boolean {
  const seconds = Number(/^t=(\d+),/.exec(signature)?.[1]);
  if (!(Math.abs(now.getTime() / 1_000 - seconds) <= OLDEST_SECONDS)) return false;
  const [given, right] = [Buffer.from(signature), Buffer.from(sign(body, secret, new Date(seconds * 1_000)))];
  return given.length === right.length && timingSafeEqual(given, right);
}
