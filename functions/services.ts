import { readParameter, readSecret } from '../src/aws/secrets.ts';
import { readConfig } from '../src/config.ts';
import { resolveConnection, resolveSecret } from '../src/databases/references.ts';
import { resolveBrokers, type BrokerSources } from '../src/kafka/resolve-brokers.ts';
import type { Channels } from '../src/notify/channel.ts';
import type { Services } from '../src/services.ts';
import { openStore } from '../src/store/open-store.ts';

/** Kept back of an invocation's time, to write down where it stopped and to answer. */
export const INVOCATION_MARGIN_SECONDS = 20;
/** The time-out of the functions that move data, in config/functions-data-plane.yml: the longest that Lambda gives. */
const LAMBDA_SECONDS = 900;

const toNobody = () => Promise.reject(new Error('This function notifies nobody.'));
const NOBODY: Channels = { eventbridge: toNobody, sns: toNobody, sqs: toNobody, webhook: toNobody };
const noCluster = () => Promise.reject(new Error('This function reaches no brokers.'));

/** What only some functions are given, since the clients that it takes are in no other one's bundle. */
export interface Carried {
  /** Of a function that notifies somebody. */
  channels?: Channels;
  /** Of one that reaches brokers. */
  resolveCluster?: BrokerSources['resolveCluster'];
}

let current: Services | undefined;

/** For whoever runs the handlers outside of Lambda. */
export function provideServices(services: Services): void {
  current = services;
}

/** What was provided, or else what the environment of a Lambda says; made once for all of its invocations. */
export function currentServices(carried?: Carried): Services {
  return (current ??= servicesFromEnvironment(carried));
}

/** @throws Error naming the variable of the environment that is missing or malformed */
export function servicesFromEnvironment({ channels = NOBODY, resolveCluster = noCluster }: Carried = {}): Services {
  const { storeAddress, keepHours, bounds, deployment } = readConfig();
  const sources = { readSecret, readParameter };
  const resolveText = (reference: string, field: string) => resolveSecret(reference, field, sources);
  return {
    store: openStore(storeAddress),
    now: () => new Date(),
    bounds,
    deployment,
    resolveConnection: (reference, field, engine) => resolveConnection(reference, field, engine, sources),
    resolveSecret: resolveText,
    resolveBrokers: (reference, field) =>
      resolveBrokers(reference, field, { resolveSecret: resolveText, resolveCluster }),
    channels,
    invocationSeconds: LAMBDA_SECONDS - INVOCATION_MARGIN_SECONDS,
    keepHours,
  };
}
