import { expect, test } from '@jest/globals';
import { sign } from '../../src/notify/signature.ts';

test('the signature is the one that openssl computes', () => {
  // printf '1767323045.{"a":"ü"}' | openssl dgst -sha256 -hmac 'top secret'
  expect(sign('{"a":"ü"}', 'top secret', new Date('2026-01-02T03:04:05.678Z'))).toBe(
    't=1767323045,v1=efa94e06a1758ae90c23b505a92692c6fcbc1b3b366926602df3d080c740e7cf',
  );
});
