import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scaledClock, type Clock } from '../../local/aws/clock.ts';
import { useStandIns } from '../../local/aws/environment.ts';
import type { JobRunner, JobSurroundings } from '../../local/aws/glue/job-runner.ts';
import { startGlueStandIns, type GlueStandIns } from '../../local/aws/stand-ins.ts';
import { glue, s3, secretsManager } from '../../src/aws/clients.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import type { GlueDeployment } from '../../src/services.ts';
import { openStore } from '../../src/store/open-store.ts';
import { hurryClients } from './hurried-clients.ts';
import { setLoadStage, setPace, type LoadStage } from './loads.ts';

/** How many seconds of the stand-ins' clock pass in one, unless a file's first stage says otherwise. */
const GLUE_PACE = 5_000;
/** Where Spark really works: 15 seconds of it are a quarter of an hour, and a poll comes every quarter of a second. */
export const SPARK_PACE = 60;

/** Buckets that jobs may reach: the load store's, and one for rows. */
const BUCKETS = { loads: 'loads', exports: 'exports' };

export const testGlueDeployment: Omit<GlueDeployment, 'storeAddress'> = {
  roleArn: 'arn:aws:iam::000000000000:role/glue-jobs',
  scriptDirectory: fileURLToPath(new URL('../../glue', import.meta.url)),
  network: { subnetId: 'subnet-0a', availabilityZone: 'eu-central-1a', securityGroupIds: ['sg-0'] },
};

/** The request's fields for a load through the stand-in, whose job reads secrets. */
export const throughGlue = {
  strategy: 'glue',
  source: { connection: 'test/source' },
  target: { connection: 'test/target' },
};

export interface GlueStageOptions {
  /** What runs jobs; that of the file's first stage is every later one's. */
  runner(surroundings: JobSurroundings): JobRunner;
  otherTargets?: DatabaseAddress[];
  pace?: number;
  /** What the deployment says differently. */
  deployment?: Partial<GlueDeployment>;
}

interface Here extends GlueStandIns {
  clock: Clock;
  /** Where the objects of S3 lie, `<bucket>/<key>`. */
  directory: string;
}
let here: Promise<Here> | undefined;
let stages = 0;

/** One for each test file, since a client of the SDK keeps the endpoint that it was first used with. */
export function glueStandIns({ runner, pace = GLUE_PACE }: Partial<GlueStageOptions> = {}): Promise<Here> {
  return (here ??= startHere(pace, runner));
}

async function startHere(pace: number, runner: GlueStageOptions['runner'] | undefined): Promise<Here> {
  if (runner === undefined) throw new Error('The first stage says what runs its jobs.');
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-s3-'));
  const clock = scaledClock(pace);
  const standIns = await startGlueStandIns({ now: clock.now, directory, buckets: Object.values(BUCKETS), runner });
  useStandIns(standIns);
  await hurryClients(pace, [glue, s3, secretsManager]);
  return { ...standIns, clock, directory };
}

/** Call it in afterAll. */
export async function stopGlueStandIns(): Promise<void> {
  const running = await here;
  await running?.stop();
  if (running) await rm(running.directory, { recursive: true, force: true });
}

/** Databases, and AWS as far as Glue needs it: stand-ins, the load store in S3 among them, with a clock that runs fast. */
export async function setGlueStage(
  source: DatabaseAddress,
  target: DatabaseAddress,
  options: GlueStageOptions,
): Promise<LoadStage> {
  const { secrets, clock } = await glueStandIns(options);
  setPace(clock.pace);
  const addresses = new Map([
    ['test/source', source],
    ['test/target', target],
    ...(options.otherTargets ?? []).map((address, n): [string, DatabaseAddress] => [`test/target-${n + 2}`, address]),
  ]);
  for (const [name, address] of addresses) secrets.put(name, secretOf(address));
  const stage = await setLoadStage(source, target);
  // Its own, so that one test doesn't find what another one left.
  const name = `test-${(stages += 1)}`;
  const store = openStore(`s3://${BUCKETS.loads}/${name}`);
  Object.assign(stage.services, {
    store,
    now: clock.now,
    deployment: { name, glue: { ...testGlueDeployment, storeAddress: store.address, ...options.deployment } },
    resolveConnection: async (reference: string) => addresses.get(reference),
  });
  return stage;
}

function secretOf({ engine, host, port, database, user, password }: DatabaseAddress): string {
  return JSON.stringify({ engine, host, port, dbname: database, username: user, password, ssl: false });
}
