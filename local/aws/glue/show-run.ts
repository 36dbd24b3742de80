import type { JobRun as Shown } from '@aws-sdk/client-glue';
import { dpusOf } from './job-rules.ts';
import type { JobRun } from './job-run.ts';

/** A run as GetJobRun answers it. */
export function showRun(run: JobRun, now: Date): Shown {
  const { definition, name } = run.job;
  const { WorkerType = definition.WorkerType, NumberOfWorkers = definition.NumberOfWorkers } = run.input;
  const { SecurityConfiguration = definition.SecurityConfiguration } = run.input;
  const role = definition.Role?.split('/').at(-1);
  const dpus = (NumberOfWorkers ?? 0) * dpusOf(WorkerType);
  const args = { ...definition.DefaultArguments, ...run.input.Arguments };
  return {
    Id: run.id,
    Attempt: 0,
    JobName: name,
    JobMode: 'SCRIPT',
    JobRunQueuingEnabled: false,
    StartedOn: run.startedAt,
    LastModifiedOn: run.end?.at ?? now,
    CompletedOn: run.end?.at,
    // A test may show one that there isn't.
    JobRunState: run.shownState as Shown['JobRunState'],
    Arguments: run.input.Arguments,
    ErrorMessage: run.end?.message,
    PredecessorRuns: [],
    ExecutionTime: run.executionSeconds,
    Timeout: run.timeoutMinutes,
    MaxCapacity: dpus,
    WorkerType,
    NumberOfWorkers,
    SecurityConfiguration,
    LogGroupName: SecurityConfiguration ? `/aws-glue/jobs-${role}-${SecurityConfiguration}` : '/aws-glue/jobs',
    GlueVersion: definition.GlueVersion,
    ExecutionClass: 'STANDARD',
    ...(args['--enable-auto-scaling'] === 'true' && { DPUSeconds: run.executionSeconds * dpus }),
  };
}
