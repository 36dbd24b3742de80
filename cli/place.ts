import type { Command } from 'commander';
import { useRegion } from '../src/aws/clients.ts';
import { RequestError } from '../src/errors.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { openStore } from '../src/store/open-store.ts';
import { findDeployment, type Deployment } from './remote.ts';

/** The options that say where a command works, and how it answers. */
export interface PlaceOptions {
  local?: boolean;
  store?: string;
  stack?: string;
  region?: string;
  json?: boolean;
}

const DEFAULT_STORE = '.initial-load';
const DEFAULT_STACK = 'initial-load-dev';

export function withPlaceOptions(command: Command): Command {
  return command
    .option('--local', 'work on this machine instead of with the deployed stack')
    .option('--store <directory>', `with --local: where loads are kept (default: ${DEFAULT_STORE})`)
    .option('--stack <name>', `the deployed stack, <service>-<stage> (default: ${DEFAULT_STACK})`)
    .option('--region <region>', 'the AWS region of the stack (default: as the AWS command line has it)')
    .option('--json', 'print exactly one JSON document on standard output');
}

/** Where the loads are that a command works on: here, or with a deployment. */
export type Place = { store: LoadStore; deployment?: undefined } | { store: LoadStore; deployment: Deployment };

/** @throws RequestError for options that contradict each other, and when the stack can't be found */
export async function openPlace(options: PlaceOptions): Promise<Place> {
  if (options.local) {
    for (const option of ['stack', 'region'] as const) refuse(options, option, 'is not for --local');
    return { store: openStore(options.store ?? DEFAULT_STORE) };
  }
  refuse(options, 'store', 'is only for --local');
  if (options.region !== undefined) useRegion(options.region);
  const deployment = await findDeployment(options.stack ?? DEFAULT_STACK);
  return { store: openStore(deployment.storeAddress), deployment };
}

function refuse(options: PlaceOptions, option: 'store' | 'stack' | 'region', wrong: string): void {
  const value = options[option];
  if (value !== undefined)
    throw new RequestError({ field: `--${option}`, value, wrong, advice: 'Leave one of the two out' });
}
