import { RequestError } from '../errors.ts';
import type { DatabaseAddress } from './address.ts';
import type { Place } from './secret-address.ts';

/**
 * TLS as libpq's sslmode asks for it. `allow` and `prefer` go on without TLS when somebody in between refuses it, so
 * they are refused; `verify-ca` checks the host's name too, which libpq leaves to verify-full.
 * @param asked `certificate` is the authority's, PEM. Without one, Node's own list counts, and what
 *   NODE_EXTRA_CA_CERTS adds to it.
 */
export function tlsOf(
  asked: { sslmode: unknown; certificate?: string | undefined },
  { field, reference }: Place,
): DatabaseAddress['tls'] {
  const ca = asked.certificate === undefined ? {} : { ca: asked.certificate };
  switch (asked.sslmode) {
    case 'disable':
      return undefined;
    case 'require':
      // As in libpq: somebody who gives the authority's certificate wants it checked.
      return { verify: asked.certificate !== undefined, ...ca };
    case 'verify-ca':
    case 'verify-full':
      return { verify: true, ...ca };
    default:
      throw new RequestError({
        field,
        value: reference,
        wrong: 'its sslmode is not one that is known here',
        advice: 'Use disable, require, verify-ca or verify-full',
      });
  }
}
