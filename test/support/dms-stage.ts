import type { DatabaseAddress } from '../../src/databases/address.ts';
import type { DmsDeployment } from '../../src/services.ts';
import { scaledClock } from '../../local/aws/clock.ts';
import { useStandIns } from '../../local/aws/environment.ts';
import { startAwsStandIns } from '../../local/aws/stand-ins.ts';
import { setLoadStage, setPace, type LoadStage } from './loads.ts';

export type AwsStandIns = Awaited<ReturnType<typeof startAwsStandIns>>;
export interface DmsStage extends LoadStage {
  aws: AwsStandIns;
}

/** How many seconds of the stand-in's clock pass in one. */
const PACE = 2_000;

export const testDeployment: DmsDeployment = {
  accessRoleArn: 'arn:aws:iam::000000000000:role/dms-access',
  subnetIds: ['subnet-0a', 'subnet-0b'],
  securityGroupIds: ['sg-0'],
  assessmentBucket: 'assessments',
};

/** The request's fields for a load through the stand-in, whose endpoints take secrets. */
export const throughDms = {
  strategy: 'dms',
  source: { connection: 'test/source' },
  target: { connection: 'test/target' },
};

/** Two databases, a store, and AWS as far as DMS needs it: stand-ins, with a clock that runs fast. */
export async function setDmsStage(source: DatabaseAddress, target: DatabaseAddress): Promise<DmsStage> {
  const { now } = scaledClock(PACE);
  setPace(PACE);
  const aws = await startAwsStandIns({ now });
  const release = useStandIns(aws);
  aws.secrets.put('test/source', secretOf(source));
  aws.secrets.put('test/target', secretOf(target));
  const stage = await setLoadStage(source, target);
  Object.assign(stage.services, {
    now,
    deployment: { name: 'test', dms: testDeployment },
    resolveConnection: async (reference: unknown) => (reference === 'test/source' ? source : target),
  });
  return {
    services: stage.services,
    aws,
    async remove() {
      release();
      await aws.stop();
      await stage.remove();
    },
  };
}

function secretOf({ engine, host, port, database, user, password }: DatabaseAddress): string {
  return JSON.stringify({ engine, host, port, dbname: database, username: user, password, ssl: false });
}
