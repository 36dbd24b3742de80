import type { ConnectionOptions } from '@platformatic/kafka';
import type { KafkaAddress } from './kafka-address.ts';

const CONNECT_TIMEOUT_MILLISECONDS = 10_000;
const REQUEST_TIMEOUT_MILLISECONDS = 30_000;

/** What the client needs to know to reach brokers. */
export function connectionOptionsOf(security: KafkaAddress['security']): ConnectionOptions {
  const common = { connectTimeout: CONNECT_TIMEOUT_MILLISECONDS, requestTimeout: REQUEST_TIMEOUT_MILLISECONDS };
  switch (security.kind) {
    case 'plaintext':
      return common;
    case 'tls':
      return { ...common, tls: trusting(security.ca), tlsServerName: true };
    case 'scram': {
      const { mechanism, username, password, tls, ca } = security;
      return {
        ...common,
        ...(tls && { tls: trusting(ca), tlsServerName: true }),
        sasl: { mechanism, username, password },
      };
    }
    case 'iam':
      return {
        ...common,
        tls: {},
        tlsServerName: true,
        sasl: { mechanism: 'OAUTHBEARER', token: () => signedToken(security.region) },
      };
  }
}

function trusting(ca: string | undefined): { ca?: string } {
  return ca === undefined ? {} : { ca };
}

/** Imported on first use: only clusters of Amazon MSK ask for it. */
async function signedToken(region: string): Promise<string> {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  return (await generateAuthToken({ region })).token;
}
