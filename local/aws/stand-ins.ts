import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseMover } from './dms/database-mover.ts';
import { startDms, type DmsOptions, type DmsStandIn, type Resource } from './dms/dms.ts';
import type { Mover } from './dms/mover.ts';
import { STAND_IN_REGION } from './environment.ts';
import { startGlue, type GlueOptions, type GlueResource, type GlueStandIn } from './glue/glue.ts';
import type { JobRunner, JobSurroundings } from './glue/job-runner.ts';
import { startS3StandIn, type S3StandIn } from './s3.ts';
import { startSecretsManager, type SecretsStandIn } from './secrets-manager.ts';

/** Stand-ins for AWS services on one machine, for the demo and for tests: HTTP servers, not AWS. */
export interface AwsStandIns {
  dms: DmsStandIn;
  secrets: SecretsStandIn;
  /** Everything that exists right now. */
  resources(): Resource[];
  /** Rows that are on their way are cut off. */
  stop(): Promise<void>;
}

interface Options extends Pick<DmsOptions, 'now' | 'pageSize' | 'throttles'> {
  /** What moves rows; the databases' own, unless told. */
  mover?: Mover;
}

/** useStandIns points the SDK at them. */
export async function startAwsStandIns({ now, mover, ...options }: Options): Promise<AwsStandIns> {
  const region = STAND_IN_REGION;
  const secrets = await startSecretsManager({ now, region });
  const dms = await startDms({ ...options, now, region, mover: mover ?? databaseMover(secrets.textOf) });
  return {
    dms,
    secrets,
    resources: () => dms.resources(),
    async stop() {
      await dms.stop();
      await secrets.stop();
    },
  };
}

/** The same for AWS Glue. */
export interface GlueStandIns {
  glue: GlueStandIn;
  s3: S3StandIn;
  secrets: SecretsStandIn;
  /** Everything that exists right now in Glue. */
  resources(): GlueResource[];
  /** What runs is killed. */
  stop(): Promise<void>;
}

/** @param options.directory where the objects of S3 lie; @param options.buckets those that a job may reach */
export async function startGlueStandIns({
  now,
  directory,
  buckets,
  runner,
  ...options
}: Pick<GlueOptions, 'now' | 'pageSize'> & {
  directory: string;
  buckets: string[];
  runner(surroundings: JobSurroundings): JobRunner;
}): Promise<GlueStandIns> {
  const region = STAND_IN_REGION;
  for (const bucket of buckets) await mkdir(join(directory, bucket), { recursive: true });
  const secrets = await startSecretsManager({ now, region });
  const s3 = await startS3StandIn({ directory });
  const glue = await startGlue({ ...options, now, region, runner: runner({ s3, secrets, objects: directory }) });
  return {
    glue,
    s3,
    secrets,
    resources: () => glue.resources(),
    async stop() {
      await glue.stop();
      await s3.stop();
      await secrets.stop();
    },
  };
}
