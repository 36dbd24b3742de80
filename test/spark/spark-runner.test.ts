import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { findSpark } from '../../local/aws/glue/find-spark.ts';
import type { JobRunner, RunningJob } from '../../local/aws/glue/job-runner.ts';
import { sparkRunner } from '../../local/aws/glue/spark.ts';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import { startSecretsManager, type SecretsStandIn } from '../../local/aws/secrets-manager.ts';

let objects: string;
let s3: S3StandIn;
let secrets: SecretsStandIn;
let runner: JobRunner;

beforeAll(async () => {
  objects = await mkdtemp(join(tmpdir(), 'spark-runner-test-'));
  await mkdir(join(objects, 'loads/glue'), { recursive: true });
  await mkdir(join(objects, 'exports'));
  s3 = await startS3StandIn({ directory: objects });
  secrets = await startSecretsManager({ now: () => new Date(), region: 'eu-central-1' });
  secrets.put('prod/hr', '{"password":"x"}');
  const spark = await findSpark();
  if ('missing' in spark) throw new Error(spark.missing);
  runner = sparkRunner({ spark, s3, secrets, objects });
  await writeFile(join(objects, 'loads/glue/helper.py'), 'def double(n):\n    return 2 * n\n');
});
afterAll(async () => {
  await s3.stop();
  await secrets.stop();
  await rm(objects, { recursive: true });
});

async function begin(script: string, ...args: string[]): Promise<RunningJob> {
  await writeFile(join(objects, 'loads/glue/job.py'), script);
  return runner.begin({ script: 's3://loads/glue/job.py', extraFiles: ['s3://loads/glue/helper.py'], args });
}

test('a job runs with Spark, its modules, its arguments, S3 and secrets, and leaves nothing behind', async () => {
  const job = await begin(
    `
import sys, boto3, helper
from pyspark.sql import SparkSession, functions as F
spark = SparkSession.builder.getOrCreate()
double = F.udf(helper.double, 'long')
for count in (5, 10):
    rows = spark.range(count).select(double('id').alias('n')).coalesce(1)
    rows.write.mode('overwrite').parquet('s3://exports/of/numbers')
secret = boto3.client('secretsmanager').get_secret_value(SecretId='prod/hr')['SecretString']
total = spark.read.parquet('s3://exports/of/numbers').agg(F.sum('n')).first()[0]
listed = [each['Key'] for each in boto3.client('s3').list_objects_v2(Bucket='exports', Prefix='of/numbers/')['Contents']]
text = f'{total} {secret} {sys.argv[1:]} {spark.version[:4]} {len(listed)} {spark._jvm.org.postgresql.Driver().getMajorVersion()}'
boto3.client('s3').put_object(Bucket='loads', Key='glue/report.txt', Body=text.encode())
`,
    '--start',
    'a b',
  );
  expect(job.end()).toBeUndefined();
  await job.ended;
  expect(job.end()).toEqual({});
  const report = await readFile(join(objects, 'loads/glue/report.txt'), 'utf8');
  expect(report).toBe(`90 {"password":"x"} ['--start', 'a b'] 3.5. 2 42`);
  const files = await readdir(join(objects, 'exports/of/numbers'));
  expect(files.map((file) => file.replace(/^part-.*(?=\.)/, 'part')).toSorted()).toEqual(['_SUCCESS', 'part.parquet']);
});

test('a job that fails says with what', async () => {
  const job = await begin('import il_missing\n');
  await job.ended;
  expect(job.end()).toEqual({ error: "ModuleNotFoundError: No module named 'il_missing'" });
});

test('a script that is not there fails before Spark is started', async () => {
  const job = runner.begin({ script: 's3://loads/glue/none.py', extraFiles: [], args: [] });
  await job.ended;
  expect(job.end()?.error).toContain('s3://loads/glue/none.py');
});

test('a job that is stopped is gone', async () => {
  const begun = join(objects, 'loads/begun');
  const job = await begin(`
import time
from pyspark.sql import SparkSession
SparkSession.builder.getOrCreate()
open(${JSON.stringify(begun)}, 'w').close()
time.sleep(600)
`);
  while (!(await readdir(join(objects, 'loads'))).includes('begun')) await new Promise((p) => setTimeout(p, 50));
  await job.stop();
  expect(job.end()?.error).toContain('exit code');
  expect((await readdir(objects)).filter((name) => name.startsWith('.spark'))).toEqual([]);
});
