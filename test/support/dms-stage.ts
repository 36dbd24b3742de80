import { scaledClock } from '../../local/aws/clock.ts';
import { useStandIns } from '../../local/aws/environment.ts';
import { startAwsStandIns } from '../../local/aws/stand-ins.ts';
import { databaseMigrationService, secretsManager } from '../../src/aws/clients.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import type { DmsDeployment } from '../../src/services.ts';
import { hurryClients } from './hurried-clients.ts';
import { setLoadStage, setPace, type LoadStage } from './loads.ts';

export type AwsStandIns = Awaited<ReturnType<typeof startAwsStandIns>>;

/** How many seconds of the stand-ins' clock pass in one: so few that what tear-down waits hours for comes on a busy machine too. */
export const PACE = 2_000;

export const testDeployment: DmsDeployment = {
  accessRoleArn: 'arn:aws:iam::000000000000:role/dms-access',
  subnetIds: ['subnet-0a', 'subnet-0b'],
  securityGroupIds: ['sg-0'],
  assessmentBucket: 'assessments',
};

/** By the fast clock a busy machine stands still for hours, and comes too late where a load has four of them. */
export const patient = { dms: { stalledMinutes: 100_000 }, limits: { deadlineMinutes: 20_160 } };

/** The request's fields for a load through the stand-in, whose endpoints take secrets. */
export const throughDms = {
  strategy: 'dms',
  source: { connection: 'test/source' },
  target: { connection: 'test/target' },
  ...patient,
};

const clock = scaledClock(PACE);
let stages = 0;
let standIns: Promise<AwsStandIns> | undefined;

/** One for each test file, since a client of the SDK keeps the endpoint that it was first used with. */
export function awsStandIns(): Promise<AwsStandIns> {
  return (standIns ??= startAwsStandIns({ now: clock.now }).then(async (started) => {
    useStandIns(started);
    await hurryClients(PACE, [databaseMigrationService, secretsManager]);
    return started;
  }));
}

/** Call it in afterAll. */
export async function stopAwsStandIns(): Promise<void> {
  await (await standIns)?.stop();
}

/** Databases and a store, and AWS as far as DMS needs it: stand-ins, with a clock that runs fast. */
export async function setDmsStage(
  source: DatabaseAddress,
  target: DatabaseAddress,
  otherTargets: DatabaseAddress[] = [],
): Promise<LoadStage> {
  setPace(PACE);
  const addresses = new Map([
    ['test/source', source],
    ['test/target', target],
    ...otherTargets.map((address, index): [string, DatabaseAddress] => [`test/target-${index + 2}`, address]),
  ]);
  const { secrets } = await awsStandIns();
  for (const [name, address] of addresses) secrets.put(name, secretOf(address));
  const stage = await setLoadStage(source, target);
  Object.assign(stage.services, {
    now: clock.now,
    // Its own, so that one test doesn't find what another one left.
    deployment: { name: `test-${(stages += 1)}`, dms: testDeployment },
    resolveConnection: async (reference: string) => addresses.get(reference),
  });
  return stage;
}

function secretOf({ engine, host, port, database, user, password }: DatabaseAddress): string {
  return JSON.stringify({ engine, host, port, dbname: database, username: user, password, ssl: false });
}
