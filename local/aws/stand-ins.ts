import { databaseMover } from './dms/database-mover.ts';
import { startDms, type DmsOptions, type DmsStandIn, type Resource } from './dms/dms.ts';
import type { Mover } from './dms/mover.ts';
import { STAND_IN_REGION } from './environment.ts';
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
