import type { Deployment } from '../src/services.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { scaledClock } from './aws/clock.ts';
import { useStandIns } from './aws/environment.ts';
import type { SecretsStandIn } from './aws/secrets-manager.ts';
import { startAwsStandIns } from './aws/stand-ins.ts';
import type { PostgresServer } from './postgres-server.ts';
import type { createSampleTarget } from './sample-data/sample-source.ts';

/** AWS for the demo: stand-ins for its services, on this machine. */
export interface DemoAws {
  deployed: Pick<Deployment, 'dms' | 'glue'>;
  /** What the request says differently: secrets instead of variables, and more. */
  request: object;
  /** Where what runs in AWS finds it; a directory, unless told. */
  store?: LoadStore;
  /** The target's tables, if they aren't the source's. */
  createTarget?: typeof createSampleTarget;
  pace: number;
  now(): Date;
  stop(): Promise<void>;
}

/** DMS takes 10 minutes for an instance and up to an hour for a serverless replication, which nobody watches a demo for. */
const PACE = { instance: 60, serverless: 240 };

export async function startDemoDms(server: PostgresServer, mode: 'instance' | 'serverless'): Promise<DemoAws> {
  const { now, pace } = scaledClock(PACE[mode]);
  const standIns = await startAwsStandIns({ now });
  const release = useStandIns(standIns);
  return {
    deployed: {
      dms: {
        accessRoleArn: 'arn:aws:iam::000000000000:role/stand-in-dms-access',
        subnetIds: ['subnet-0a', 'subnet-0b'],
        securityGroupIds: ['sg-0'],
      },
    },
    request: { ...putSecrets(standIns.secrets, server), dms: { mode } },
    pace,
    now,
    async stop() {
      release();
      await standIns.stop();
    },
  };
}

/** @returns the request's source and target, which refer to them */
export function putSecrets(secrets: SecretsStandIn, server: PostgresServer): object {
  for (const database of ['hr', 'mailer']) secrets.put(`demo/${database}`, secretOf(server, database));
  return {
    source: { engine: 'postgres', connection: 'demo/hr', tables: ['hr.*'] },
    target: { engine: 'postgres', connection: 'demo/mailer' },
  };
}

/** As RDS writes it. */
function secretOf({ port, user, password }: PostgresServer, dbname: string): string {
  return JSON.stringify({
    engine: 'postgres',
    host: '127.0.0.1',
    port,
    dbname,
    username: user,
    password,
    ssl: false,
  });
}
