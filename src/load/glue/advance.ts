import { LoadFailedError } from '../../errors.ts';
import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { shardDocument } from '../../store/documents.ts';
import { stillForSeconds } from '../last-change.ts';
import { assertOpen, unlessClosed } from '../open-load.ts';
import { POLL_SECONDS, waitFor } from '../pace.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { writeProgress } from '../write-progress.ts';
import { adviceFor } from './advice.ts';
import { waitingOut } from './calls.ts';
import { reportDocument, stagedDocument } from './documents.ts';
import type { JobReport } from './job/job-document.ts';
import { KINDS, nameOf } from './names.ts';
import { begin } from './run/begin.ts';
import { explain } from './run/explain.ts';
import { judge } from './run/judge.ts';
import { listRuns, lookAtRun, type Run } from './run/runs.ts';
import { runDocument, startOf, type Start } from './run/starts.ts';
import { isOver } from './run/words.ts';

/** A job writes its report every 15 s. Without a word for so long it is told to whoever watches, and then given up. */
const SILENT_MINUTES = 5;
const STALLED_MINUTES = 60;
/** Before its first word Glue looks for workers, and attaches them to the VPC. */
const STALLED_BEFORE_REPORT_MINUTES = 120;

/**
 * Starts the attempt's run, once, and follows it to its end: one request to Glue a call, and the job's own report. When all
 * is loaded the answer names the data plane, which alone can see that in the target.
 *
 * @throws LoadFailedError with the job's and Glue's own words, LoadClosedError, DeadlineError
 */
export async function advance(load: Load, shard: Shard): Promise<StepAnswer> {
  await assertOpen(load, load.services);
  if ((await load.documents.read(shardDocument(shard.id)))?.status === 'succeeded') return done;
  return unlessClosed(load, () => waitingOut(load, () => follow(load, shard)));
}

const inDataPlane: StepAnswer = { status: 'working', waitSeconds: 0, plane: 'data' };

async function follow(load: Load, shard: Shard): Promise<StepAnswer> {
  // Topics that hold rows of an earlier attempt's job get the rest from there, too.
  if (load.plan.topics && (await load.documents.read(stagedDocument))) return inDataPlane;
  const start = await startOf(load);
  const known = await load.documents.read(runDocument(load));
  const run = known ? await needRun(load, known.runId) : await findRun(load, start);
  if ('runs' in run) return begin(load, start, run.runs);
  const report = await load.documents.read(reportDocument(start.id));
  // Rows in topics are told when they are there.
  if (report && !load.plan.topics) await writeProgress(load, shard, progressOf(report));
  const tables = load.plan.tables.map(({ source }) => source);
  const verdict = judge(run, report, { start: start.id, tables });
  switch (verdict.is) {
    case 'changing':
    case 'running': {
      const minutes = await silentMinutes(load, run, report);
      await tellWaitingFor(load, describeWaiting(load, run, report, minutes));
      return waitFor(load, { shortestSeconds: POLL_SECONDS });
    }
    case 'succeeded':
      // Of a load that was closed meanwhile nothing is confirmed any more.
      await assertOpen(load, load.services);
      await tellWaitingFor(load, undefined);
      return inDataPlane;
    case 'failed':
      throw new LoadFailedError(verdict.why);
  }
}

async function needRun(load: Load, id: string): Promise<Run> {
  const run = await lookAtRun(load, id);
  if (run) return run;
  throw new LoadFailedError(`The run ${id} of the ${named(load)} is gone. ${adviceFor('job gone')}`);
}

/** The start's run, whose id may never have been heard; or all of the job's, of which none is the start's. */
async function findRun(load: Load, start: Start): Promise<Run | { runs: Run[] }> {
  const runs = await listRuns(load);
  if (!runs) throw new LoadFailedError(`The ${named(load)} is gone. ${adviceFor('job gone')}`);
  const ofStart = runs.filter((run) => run.start === start.id);
  const run = ofStart.find(({ state }) => !isOver(state)) ?? ofStart[0];
  if (!run) return { runs };
  await load.documents.write(runDocument(load), { runId: run.id });
  return run;
}

function named(load: Load): string {
  return `${KINDS.job} ${nameOf(load, 'job')}`;
}

function progressOf({ tables }: JobReport): { table: string; rows: number; done: boolean }[] {
  return tables.map(({ table, state, rowsRead }) => ({ table, rows: rowsRead, done: state === 'done' }));
}

/** @throws LoadFailedError when nothing has changed for so long that nothing will */
async function silentMinutes(load: Load, run: Run, report: JobReport | undefined): Promise<number> {
  const minutes = Math.floor((await stillForSeconds(load, [run.id, run.state, report?.updatedAt])) / 60);
  if (minutes < (report ? STALLED_MINUTES : STALLED_BEFORE_REPORT_MINUTES)) return minutes;
  throw new LoadFailedError(
    explain(run, report, `Nothing was heard of it for ${minutes} minutes. ${adviceFor('stalled')}`),
  );
}

/** Undefined where the progress of the rows says more. */
function describeWaiting(
  { plan }: Load,
  { state }: Run,
  report: JobReport | undefined,
  silent: number,
): string | undefined {
  if (silent >= SILENT_MINUTES)
    return `the Glue job, which is ${state} and of which nothing was heard for ${silent} minutes`;
  if (state !== 'RUNNING' || !report) return `the Glue job, which is ${state}`;
  if (!plan.topics) return undefined;
  const rows = report.tables.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
  return `the Glue job, which has read ${rows.toLocaleString('en-US')} rows`;
}
