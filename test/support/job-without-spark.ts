import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JobRunner, RunningJob } from '../../local/aws/glue/job-runner.ts';
import type { JobDocument, JobReport, JobTable } from '../../src/load/glue/job/job-document.ts';
import { JobSteps } from './job-steps.ts';

/** What a job reaches: objects by their `s3://…`, and what a secret holds. */
export interface JobWorld {
  readObject(address: string): Promise<string>;
  writeObject(address: string, text: string): Promise<void>;
  readSecret(name: string): Promise<string>;
  now?(): Date;
}

/** Objects as the stand-in for S3 keeps them, `<folder>/<bucket>/<key>`: nobody reads half of one. */
export function objectsIn(folder: string): Pick<JobWorld, 'readObject' | 'writeObject'> {
  const fileOf = (address: string) => join(folder, address.replace('s3://', ''));
  return {
    readObject: (address) => readFile(fileOf(address), 'utf8'),
    async writeObject(address, text) {
      const file = fileOf(address);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, text);
      await rename(`${file}.part`, file);
    },
  };
}

/**
 * Runs jobs in place of Glue's workers for suites of hundreds of loads: it executes the document's SQL as the job does, and
 * writes the report. It isn't Spark, so it copies rows between databases and transforms nothing.
 */
export function jobWithoutSpark(world: JobWorld): JobRunner {
  return {
    begin({ args }) {
      const given = (name: string) => args[args.indexOf(name) + 1] ?? '';
      return begin(world, given('--job_document'), given('--start'));
    },
  };
}

function begin(world: JobWorld, address: string, start: string): RunningJob {
  let end: { error?: string } | undefined;
  let steps: JobSteps | undefined;
  let stopped = false;
  const run = async () => {
    try {
      const document = JSON.parse(await world.readObject(address)) as JobDocument;
      if (document.start !== start) throw new Error(`${address} is of the start ${document.start}, not of ${start}.`);
      steps = new JobSteps(document, world.readSecret);
      await runAll(world, document, steps, () => stopped);
      end = {};
    } catch (error) {
      end = { error: error instanceof Error ? error.message : String(error) };
    } finally {
      await steps?.end();
    }
  };
  const ended = run();
  return {
    end: () => end,
    ended,
    async stop() {
      stopped = true;
      await steps?.end();
      await ended;
    },
  };
}

async function runAll(
  world: JobWorld,
  document: JobDocument,
  steps: JobSteps,
  isStopped: () => boolean,
): Promise<void> {
  const { start, tables } = document;
  const report: JobReport = {
    start,
    state: 'running',
    updatedAt: '',
    tables: tables.map(({ table }) => ({ table, state: 'waiting', rowsRead: 0, rowsWritten: 0 })),
  };
  const tell = (more: Partial<JobReport> = {}) =>
    world.writeObject(
      document.report,
      JSON.stringify(Object.assign(report, more, { updatedAt: (world.now?.() ?? new Date()).toISOString() })),
    );
  try {
    await tell();
    await steps.takeOver();
    await steps.openSnapshot();
    for (const [index, table] of tables.entries()) {
      if (isStopped()) throw new Error('The run was stopped.');
      report.tables[index]!.state = 'loading';
      await tell();
      Object.assign(report.tables[index]!, { state: 'done', ...(await loadTable(steps, table)) });
    }
    await tell({ state: 'succeeded' });
  } catch (error) {
    await tell({ state: 'failed', failure: (error as Error).message });
    throw error;
  }
}

async function loadTable(steps: JobSteps, table: JobTable): Promise<{ rowsRead: number; rowsWritten: number }> {
  const before = await steps.published(table);
  if (before) return before;
  await steps.createStage(table);
  const read = await Promise.all(table.read.partitions.map((_, partition) => steps.stagePartition(table, partition)));
  const counts = await steps.publish(
    table,
    read.reduce((sum, rows) => sum + rows, 0),
  );
  await steps.dropStage(table);
  return counts;
}
