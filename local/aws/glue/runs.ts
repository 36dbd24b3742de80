import type * as Sdk from '@aws-sdk/client-glue';
import { ServiceFault } from '../service-fault.ts';
import { checkArguments, checkRun } from './job-rules.ts';
import { JobRun } from './job-run.ts';
import { pageOf } from './pages.ts';
import { showRun } from './show-run.ts';
import { checkName, invalidInput, needJob, notFound, notImplemented, type World } from './world.ts';

const MOST_STOPPED_AT_ONCE = 25;

export function runOperations(world: World) {
  /** Newest first. Those of a job that was deleted and made anew under its name are another job's. */
  const runsOf = (name: string | undefined) => {
    const job = needJob(world, name);
    return world.runs.filter((run) => run.job === job).toReversed();
  };

  return {
    async StartJobRun(input: Sdk.StartJobRunRequest): Promise<Sdk.StartJobRunResponse> {
      const job = world.jobs.get(checkName('jobName', input.JobName));
      if (job === undefined) return notFound('Failed to start job run due to missing metadata');
      if (input.JobRunId !== undefined) notImplemented('it runs no earlier run again');
      checkArguments(input.Arguments);
      checkRun(input);
      const atOnce = job.definition.ExecutionProperty?.MaxConcurrentRuns ?? 1;
      if (runsOf(job.name).filter(({ holdsSlot }) => holdsSlot).length >= atOnce) {
        throw new ServiceFault('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${job.name}`);
      }
      const run = new JobRun(world, job, input);
      world.runs.push(run);
      await run.runAtOnce();
      return { JobRunId: run.id };
    },

    GetJobRun({ JobName, RunId }: Sdk.GetJobRunRequest): Sdk.GetJobRunResponse {
      const run = runsOf(JobName).find(({ id }) => id === RunId);
      return run === undefined ? notFound(`JobRun ${RunId} not found.`) : { JobRun: showRun(run, world.now()) };
    },

    GetJobRuns({ JobName, ...paging }: Sdk.GetJobRunsRequest): Sdk.GetJobRunsResponse {
      const { items, next } = pageOf(runsOf(JobName), paging, { most: 200, pageSize: world.pageSize });
      return { JobRuns: items.map((run) => showRun(run, world.now())), ...next };
    },

    BatchStopJobRun({ JobName, JobRunIds = [] }: Sdk.BatchStopJobRunRequest): Sdk.BatchStopJobRunResponse {
      const name = checkName('jobName', JobName);
      if (JobRunIds.length === 0 || JobRunIds.length > MOST_STOPPED_AT_ONCE) {
        invalidInput(`From 1 to ${MOST_STOPPED_AT_ONCE} job runs can be stopped at once`);
      }
      const runs = world.jobs.has(name) ? runsOf(name) : [];
      const answer = { SuccessfulSubmissions: [] as object[], Errors: [] as object[] };
      for (const JobRunId of JobRunIds) {
        const run = runs.find(({ id }) => id === JobRunId);
        const ErrorDetail = findRefusal(run, JobRunId);
        if (ErrorDetail === undefined) run?.stop();
        if (ErrorDetail === undefined) answer.SuccessfulSubmissions.push({ JobName: name, JobRunId });
        else answer.Errors.push({ JobName: name, JobRunId, ErrorDetail });
      }
      return answer;
    },
  };
}

/** Why a run can't be stopped, in the words of Glue's exceptions. */
function findRefusal(run: JobRun | undefined, id: string): Sdk.ErrorDetail | undefined {
  if (run === undefined) {
    return { ErrorCode: 'EntityNotFoundException', ErrorMessage: `JobRun ${id} not found.` };
  }
  if (run.state === 'STARTING' || run.state === 'RUNNING') return undefined;
  return {
    ErrorCode: 'JobRunInvalidStateTransitionException',
    ErrorMessage: `JobRun ${id} cannot go from ${run.state} to STOPPING.`,
  };
}
