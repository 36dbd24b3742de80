import type { DmsDeployment } from '../src/services.ts';
import { scaledClock } from './aws/clock.ts';
import { useStandIns } from './aws/environment.ts';
import { startAwsStandIns } from './aws/stand-ins.ts';
import type { PostgresServer } from './postgres-server.ts';

/** AWS DMS and Secrets Manager for the demo: stand-ins for them, on this machine. */
export interface DemoAws {
  deployment: DmsDeployment;
  /** What the request says differently: secrets instead of variables, and the mode. */
  request: object;
  pace: number;
  now(): Date;
  stop(): Promise<void>;
}

/** DMS takes 10 minutes for an instance and up to an hour for a serverless replication, which nobody watches a demo for. */
const PACE = { instance: 60, serverless: 240 };

export async function startDemoAws(server: PostgresServer, mode: 'instance' | 'serverless'): Promise<DemoAws> {
  const { now, pace } = scaledClock(PACE[mode]);
  const standIns = await startAwsStandIns({ now });
  const release = useStandIns(standIns);
  for (const database of ['hr', 'mailer']) standIns.secrets.put(`demo/${database}`, secretOf(server, database));
  return {
    deployment: {
      accessRoleArn: 'arn:aws:iam::000000000000:role/stand-in-dms-access',
      subnetIds: ['subnet-0a', 'subnet-0b'],
      securityGroupIds: ['sg-0'],
    },
    request: {
      source: { engine: 'postgres', connection: 'demo/hr', tables: ['hr.*'] },
      target: { engine: 'postgres', connection: 'demo/mailer' },
      dms: { mode },
    },
    pace,
    now,
    async stop() {
      release();
      await standIns.stop();
    },
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
