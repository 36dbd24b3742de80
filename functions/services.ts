import { readParameter, readSecret } from '../src/aws/secrets.ts';
import { readConfig } from '../src/config.ts';
import { resolveConnection, resolveSecret } from '../src/databases/references.ts';
import { channels } from '../src/notify/channels.ts';
import type { Services } from '../src/services.ts';
import { openStore } from '../src/store/open-store.ts';

let current: Services | undefined;

/** For whoever runs the handlers outside of Lambda. */
export function provideServices(services: Services): void {
  current = services;
}

/** What was provided, or else what the environment of a Lambda says; made once for all of its invocations. */
export function currentServices(): Services {
  return (current ??= servicesFromEnvironment());
}

/** @throws Error naming the variable of the environment that is missing or malformed */
export function servicesFromEnvironment(): Services {
  const { storeAddress, keepHours, invocationSeconds, bounds } = readConfig();
  const sources = { readSecret, readParameter };
  return {
    store: openStore(storeAddress),
    now: () => new Date(),
    bounds,
    resolveConnection: (reference, field, engine) => resolveConnection(reference, field, engine, sources),
    resolveSecret: (reference, field) => resolveSecret(reference, field, sources),
    channels,
    invocationSeconds,
    keepHours,
  };
}
