import { setFlagsFromString } from 'node:v8';

/**
 * What a load allocates is short-lived blocks on their way between two sockets. A big young generation would only let
 * more of them pile up before they are collected (npm run bench:memory). Called first, before anything that allocates.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--max-semi-space-size=4');
  setFlagsFromString('--semi-space-growth-factor=1');
}
