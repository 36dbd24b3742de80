import { findSpark } from '../../local/aws/glue/find-spark.ts';
import { sparkRunner, type SparkOptions } from '../../local/aws/glue/spark.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { setGlueStage, SPARK_PACE } from './glue-stage.ts';
import type { LoadStage } from './loads.ts';

/** Jobs begin as slowly as the machine has other things to do, and an hour of their clock is a minute. */
export const SPARK_TEST_MILLISECONDS = 300_000;

/** A stage whose jobs run with real Spark, which `npm run setup:spark` fetches. */
export async function setSparkStage(
  source: DatabaseAddress,
  target: DatabaseAddress,
  options: Pick<SparkOptions, 'master' | 'properties'> = {},
): Promise<LoadStage> {
  const spark = await findSpark();
  if ('missing' in spark) throw new Error(spark.missing);
  return setGlueStage(source, target, {
    pace: SPARK_PACE,
    runner: (surroundings) => sparkRunner({ ...surroundings, ...options, spark }),
  });
}
