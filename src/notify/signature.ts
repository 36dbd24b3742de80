import { createHmac } from 'node:crypto';

export const SIGNATURE_HEADER = 'initial-load-signature';

/**
 * The value of the header `initial-load-signature`: `t=<seconds since 1970>,v1=<hexadecimal>`. v1 is the HMAC-SHA256,
 * with the shared secret as key, of `<t>.<body>`, the body being the bytes as received.
 *
 * A receiver takes t and v1 from the header, computes the same over t and the raw body, compares in constant time, and
 * refuses a t that is more than a few minutes away from its own clock, so that nobody can send an old message again.
 */
export function sign(body: string, secret: string, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1_000);
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${digest}`;
}
