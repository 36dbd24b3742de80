import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readParameter, readSecret } from '../src/aws/secrets.ts';
import { environmentVariable, readDmsDeployment, readGlueDeployment } from '../src/config.ts';
import { resolveConnection, resolveSecret } from '../src/databases/references.ts';
import { resolveCluster } from '../src/kafka/msk-cluster.ts';
import { resolveBrokers } from '../src/kafka/resolve-brokers.ts';
import { unbounded } from '../src/request/bounds.ts';
import type { Deployment, Services } from '../src/services.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { printedChannels } from './printed-channels.ts';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
/** No Lambda ends a step here: as long as the longest deadline that a request may have. */
const INVOCATION_SECONDS = 14 * 24 * 3_600;
/** No sweep runs here: what is kept stays until the command tear-down. */
const KEEP_HOURS = Infinity;

/** Short enough for a tag, whatever the directory is called: loads of one store are one deployment's. */
function fingerprint(address: string): string {
  return createHash('sha256').update(address).digest('hex').slice(0, 10);
}

/** What a step needs of the world, on one machine. */
export function localServices(here: {
  store: LoadStore;
  now(): Date;
  /** Where the notifications appear that no service carries here, a line at a time. */
  print(line: string): void;
  /** What "env:NAME" stands for, if not the environment. */
  variables?: Record<string, string>;
  /** What the services of AWS need, if not what the environment says. */
  deployed?: Pick<Deployment, 'dms' | 'glue'>;
}): Services {
  const { variables } = here;
  const sources = {
    environmentVariable: variables === undefined ? environmentVariable : (name: string) => variables[name],
    readSecret,
    readParameter,
  };
  const resolveText = (reference: string, field: string) => resolveSecret(reference, field, sources);
  return {
    store: here.store,
    now: here.now,
    bounds: unbounded,
    deployment: {
      name: `local-${fingerprint(here.store.address)}`,
      ...(here.deployed ?? { ...readDmsDeployment(), ...readGlueHere(here.store.address) }),
    },
    resolveConnection: (reference, field, engine) => resolveConnection(reference, field, engine, sources),
    resolveSecret: resolveText,
    resolveBrokers: (reference, field) =>
      resolveBrokers(reference, field, { resolveSecret: resolveText, resolveCluster }),
    channels: printedChannels(here.print),
    invocationSeconds: INVOCATION_SECONDS,
    keepHours: KEEP_HOURS,
  };
}

/** The job's script lies in this package, wherever it is run from. */
function readGlueHere(storeAddress: string): Pick<Deployment, 'glue'> {
  const { glue } = readGlueDeployment(storeAddress);
  return glue ? { glue: { ...glue, scriptDirectory: resolve(PACKAGE, glue.scriptDirectory) } } : {};
}
