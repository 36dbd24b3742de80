import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSpark } from '../../local/aws/glue/find-spark.ts';
import type { SparkOptions } from '../../local/aws/glue/spark.ts';

/** A cluster of Spark for each job, whose executors are processes of their own that can be killed. */
export interface SparkCluster {
  options: Pick<SparkOptions, 'master' | 'properties'>;
  findExecutors(): Promise<number[]>;
  /** @returns its process id */
  killAnExecutor(): Promise<number>;
  /** Every task that ended, as Spark's own log of events tells it. */
  endsOfTasks(): Promise<TaskEnd[]>;
  /** Call it in afterAll. */
  remove(): Promise<void>;
}

interface TaskEnd {
  stage: number;
  index: number;
  attempt: number;
  reason: string;
}

export async function sparkCluster(): Promise<SparkCluster> {
  // Stands in the command line of each executor.
  const mark = `-Dinitial-load.test=${randomBytes(6).toString('hex')}`;
  const events = await mkdtemp(join(tmpdir(), 'spark-events-'));
  const findExecutors = () => executorsWith(mark);
  return {
    options: {
      // Two executors of one thread and 512 MB each, and the retries that a cluster has.
      master: 'local-cluster[2,1,512]',
      properties: {
        'spark.executor.memory': '512m',
        'spark.executor.extraJavaOptions': `${mark} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC`,
        'spark.eventLog.enabled': 'true',
        'spark.eventLog.compress': 'false',
        'spark.eventLog.dir': `file://${events}`,
      },
    },
    findExecutors,
    async killAnExecutor() {
      const [pid = 0] = await findExecutors();
      process.kill(pid, 'SIGKILL');
      return pid;
    },
    endsOfTasks: () => endsIn(events),
    async remove() {
      await removeExecutorLogs(events);
      await rm(events, { recursive: true, force: true });
    },
  };
}

async function executorsWith(mark: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids
    .filter((_, index) => {
      const words = commands[index]!.split('\0');
      return words.includes(mark) && words.some((word) => word.endsWith('.CoarseGrainedExecutorBackend'));
    })
    .map(Number);
}

async function endsIn(events: string): Promise<TaskEnd[]> {
  const [log = ''] = await readdir(events);
  const lines = (await readFile(join(events, log), 'utf8')).trim().split('\n');
  return lines
    .map((line) => JSON.parse(line))
    .filter((event) => event['Event'] === 'SparkListenerTaskEnd')
    .map((event) => ({
      stage: event['Stage ID'],
      index: event['Task Info']['Index'],
      attempt: event['Task Info']['Attempt'],
      reason: event['Task End Reason']['Reason'],
    }));
}

/** A cluster on one machine writes them below Spark itself, in a folder for each application. */
async function removeExecutorLogs(events: string): Promise<void> {
  const spark = await findSpark();
  if ('missing' in spark) return;
  for (const log of await readdir(events)) {
    const application = log.replace('.inprogress', '');
    await rm(join(spark.home, 'work', application), { recursive: true, force: true });
  }
}
