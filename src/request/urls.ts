import { RequestError } from '../errors.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * A URL that a notification may go to: https, or plain http to this machine (for tests and local runs), and without a
 * user or password in it. The URL is not repeated in the message: it may hold a token.
 * @throws RequestError
 */
export function assertSafeUrl(url: string, field: string): void {
  const { protocol, hostname, username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new RequestError({
      field,
      wrong: 'the URL holds a user or a password',
      advice: 'Remove it: credentials never stand in a request',
    });
  }
  if (protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))) return;
  throw new RequestError({
    field,
    wrong:
      protocol === 'http:'
        ? `plain http to ${hostname} can be read and changed on its way`
        : `${protocol} is not https:`,
    advice: 'Use https; http is only for a loopback address such as http://127.0.0.1:8080',
  });
}
