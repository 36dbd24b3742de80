import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore } from '../src/store/open-store.ts';
import { scaledClock } from './aws/clock.ts';
import { useStandIns } from './aws/environment.ts';
import type { Spark } from './aws/glue/find-spark.ts';
import { sparkRunner } from './aws/glue/spark.ts';
import { startGlueStandIns } from './aws/stand-ins.ts';
import { putSecrets, type DemoAws } from './demo-aws.ts';
import type { PostgresServer } from './postgres-server.ts';
import { createTransformedTarget, SAMPLE_TRANSFORM } from './sample-data/transformed-target.ts';

/** Spark works in real time: the 15 s between two reports of its job are 4 minutes there, in which no job looks stalled. */
const PACE = 15;
const BUCKET = 'demo';

export async function startDemoGlue(server: PostgresServer, spark: Spark): Promise<DemoAws> {
  const { now, pace } = scaledClock(PACE);
  const standIns = await startGlueStandIns({
    now,
    // Inside the server's directory, which is removed even after kill -9.
    directory: join(server.directory, 's3'),
    buckets: [BUCKET],
    runner: (surroundings) => sparkRunner({ ...surroundings, spark }),
  });
  const release = useStandIns(standIns);
  const store = openStore(`s3://${BUCKET}/load-store`);
  return {
    deployed: {
      glue: {
        roleArn: 'arn:aws:iam::000000000000:role/stand-in-glue-jobs',
        storeAddress: store.address,
        scriptDirectory: fileURLToPath(new URL('../glue', import.meta.url)),
        network: { subnetId: 'subnet-0a', availabilityZone: 'eu-central-1a', securityGroupIds: ['sg-0'] },
      },
    },
    store,
    createTarget: createTransformedTarget,
    request: { ...putSecrets(standIns.secrets, server), transform: SAMPLE_TRANSFORM },
    pace,
    now,
    async stop() {
      release();
      await standIns.stop();
    },
  };
}
