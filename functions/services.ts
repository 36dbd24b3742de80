import { readParameter, readSecret } from '../src/aws/secrets.ts';
import { readConfig } from '../src/config.ts';
import { resolveConnection, resolveSecret } from '../src/databases/references.ts';
import { kafkaAddressOf } from '../src/kafka/kafka-reference.ts';
import type { Channels } from '../src/notify/channel.ts';
import type { Services } from '../src/services.ts';
import { openStore } from '../src/store/open-store.ts';

/** Kept back of an invocation's time, to write down where it stopped and to answer. */
export const INVOCATION_MARGIN_SECONDS = 20;
/** The time-out of the functions that move data, in config/functions-data-plane.yml: the longest that Lambda gives. */
const LAMBDA_SECONDS = 900;

const toNobody = () => Promise.reject(new Error('This function notifies nobody.'));
const NOBODY: Channels = { eventbridge: toNobody, sns: toNobody, sqs: toNobody, webhook: toNobody };

let current: Services | undefined;

/** For whoever runs the handlers outside of Lambda. */
export function provideServices(services: Services): void {
  current = services;
}

/**
 * What was provided, or else what the environment of a Lambda says; made once for all of its invocations.
 * @param channels only those functions have any that notify somebody: no other one carries their clients
 */
export function currentServices(channels?: Channels): Services {
  return (current ??= servicesFromEnvironment(channels));
}

/** @throws Error naming the variable of the environment that is missing or malformed */
export function servicesFromEnvironment(channels: Channels = NOBODY): Services {
  const { storeAddress, keepHours, bounds, deployment } = readConfig();
  const sources = { readSecret, readParameter };
  return {
    store: openStore(storeAddress),
    now: () => new Date(),
    bounds,
    deployment,
    resolveConnection: (reference, field, engine) => resolveConnection(reference, field, engine, sources),
    resolveSecret: (reference, field) => resolveSecret(reference, field, sources),
    resolveBrokers: async (reference, field) =>
      kafkaAddressOf(await resolveSecret(reference, field, sources), { field, reference }),
    channels,
    invocationSeconds: LAMBDA_SECONDS - INVOCATION_MARGIN_SECONDS,
    keepHours,
  };
}
