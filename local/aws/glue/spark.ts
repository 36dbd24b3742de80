import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { environmentWith, STAND_IN_REGION } from '../environment.ts';
import type { Spark } from './find-spark.ts';
import type { JobRunner, JobSurroundings, JobToRun, RunningJob } from './job-runner.ts';
import { startGroup, type Group } from './process-group.ts';
import { findPythonError } from './python-error.ts';

export interface SparkOptions extends JobSurroundings {
  spark: Spark;
  /** What Spark runs on: two threads of its own, unless told. */
  master?: string;
  /** Properties of Spark, over those below. */
  properties?: Record<string, string>;
}

/** Most of a job of some seconds would go into compiling well what then hardly runs: compiled roughly, it takes much less of a processor. */
const SHORT_LIVED = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
const VIEW = 'org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme';

/** Runs jobs with real Spark, each in processes of its own. Its s3:// is the directory in which the objects lie. */
export function sparkRunner(options: SparkOptions): JobRunner {
  return { begin: (job) => new SparkJob(job, options) };
}

class SparkJob implements RunningJob {
  readonly ended: Promise<void>;
  #group: Group | undefined;
  #end: { error?: string } | undefined;
  #isStopped = false;

  constructor(job: JobToRun, options: SparkOptions) {
    this.ended = this.#run(job, options);
  }

  end(): { error?: string } | undefined {
    return this.#end;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#group?.kill();
    await this.ended;
  }

  async #run(job: JobToRun, options: SparkOptions): Promise<void> {
    // No bucket's name begins so. Whoever made the directory removes it with all that is in it, also after a kill.
    const scratch = await mkdtemp(join(options.objects, '.spark-'));
    try {
      this.#end = await this.#submit(job, options, scratch);
    } catch (error) {
      this.#end = { error: (error as Error).message };
    } finally {
      await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  async #submit(job: JobToRun, options: SparkOptions, scratch: string): Promise<{ error?: string }> {
    const [script = '', ...extra] = await Promise.all(
      [job.script, ...job.extraFiles].map((address) => fetchObject(address, options.objects, scratch)),
    );
    const properties = { ...(await propertiesOf(options, scratch)), ...options.properties };
    if (this.#isStopped) return { error: 'It was stopped.' };
    this.#group = startGroup(
      join(options.spark.home, 'bin', 'spark-submit'),
      [
        '--master',
        options.master ?? 'local[2]',
        ...Object.entries(properties).flatMap(([name, value]) => ['--conf', `${name}=${value}`]),
        ...(extra.length > 0 ? ['--py-files', extra.join(',')] : []),
        script,
        ...job.args,
      ],
      { cwd: scratch, env: environmentOf(options) },
    );
    const { status, output } = await this.#group.ended;
    if (status === 0) return {};
    return { error: findPythonError(output) ?? `Command failed with exit code ${status}: ${output.at(-1) ?? ''}` };
  }
}

/** @throws Error in the words of Glue when it isn't there */
async function fetchObject(address: string, objects: string, scratch: string): Promise<string> {
  const file = join(scratch, basename(address));
  try {
    await cp(join(objects, address.replace(/^s3:\/\//, '')), file);
  } catch {
    throw new Error(`LAUNCH ERROR | Error downloading ${address}: it does not exist`);
  }
  return file;
}

function environmentOf({ s3, secrets, spark }: SparkOptions): Record<string, string | undefined> {
  return environmentWith(
    { s3, secrets },
    {
      SPARK_HOME: spark.home,
      PYSPARK_PYTHON: spark.python,
      SPARK_LOCAL_IP: '127.0.0.1',
      AWS_DEFAULT_REGION: STAND_IN_REGION,
      // boto3's newer versions would sum up what the stand-in for S3 can't.
      AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
      AWS_RESPONSE_CHECKSUM_VALIDATION: 'when_required',
      // Of whoever runs this: they would change what Spark finds.
      SPARK_CONF_DIR: undefined,
      PYTHONPATH: undefined,
    },
  );
}

async function propertiesOf({ objects, spark }: SparkOptions, scratch: string): Promise<Record<string, string>> {
  const buckets = await readdir(objects, { withFileTypes: true });
  const drivers = join(spark.drivers, '*');
  return {
    'spark.driver.memory': '1g',
    'spark.driver.extraClassPath': drivers,
    'spark.executor.extraClassPath': drivers,
    'spark.driver.extraJavaOptions': `${SHORT_LIVED} -Djava.io.tmpdir=${scratch}`,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.local.dir': scratch,
    'spark.sql.warehouse.dir': join(scratch, 'warehouse'),
    // Enough for two threads.
    'spark.sql.shuffle.partitions': '4',
    'spark.ui.enabled': 'false',
    'spark.log.level': 'WARN',
    // Hadoop's view of the directory, under s3://; and no check sums beside its files, which S3 doesn't have.
    'spark.hadoop.fs.s3.impl': VIEW,
    'spark.hadoop.fs.file.impl': 'org.apache.hadoop.fs.RawLocalFileSystem',
    ...Object.fromEntries(
      buckets
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
        .map(({ name }) => [
          `spark.hadoop.fs.viewfs.mounttable.${name}.linkFallback`,
          pathToFileURL(join(objects, name)).href,
        ]),
    ),
  };
}
