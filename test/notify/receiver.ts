import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  body: string;
  headers: IncomingHttpHeaders;
}

/** A consumer's own server: answers each request with the next of the given statuses; `hang` never answers. */
export async function startReceiver(answers: (number | 'hang')[], headers: Record<string, string> = {}) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (body += part));
    request.on('end', () => {
      received.push({ body, headers: request.headers });
      const answer = answers[received.length - 1] ?? 200;
      if (answer !== 'hang') response.writeHead(answer, headers).end('the receiver’s own words');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/loads`;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, received, stop };
}

/** What a receiver does as src/notify/signature.ts describes it, written without that code. */
export function isGenuine({ body, headers }: Received, secret: string, nowSeconds: number): boolean {
  const header = String(headers['initial-load-signature']);
  const fields = new Map(header.split(',').map((field) => field.split('=') as [string, string]));
  const expected = createHmac('sha256', secret)
    .update(`${fields.get('t')}.${body}`)
    .digest();
  const given = Buffer.from(fields.get('v1') ?? '', 'hex');
  const isRecent = Math.abs(nowSeconds - Number(fields.get('t'))) <= 300;
  return isRecent && given.length === expected.length && timingSafeEqual(given, expected);
}
