import type * as Sdk from '@aws-sdk/client-glue';
import { isDeepStrictEqual } from 'node:util';
import { ServiceFault } from '../service-fault.ts';
import { checkJob, DEFAULT_TIMEOUT_MINUTES, dpusOf } from './job-rules.ts';
import { pageOf } from './pages.ts';
import { checkTags } from './tags.ts';
import { checkName, needJob, type JobRecord, type World } from './world.ts';

export function jobOperations(world: World) {
  return {
    CreateJob(input: Sdk.CreateJobRequest): Sdk.CreateJobResponse {
      checkJob(input);
      const name = input.Name ?? '';
      const other = world.jobs.get(name);
      if (other !== undefined) throw clash(other, input);
      world.jobs.set(name, { name, definition: input, tags: checkTags(input.Tags), createdAt: world.now() });
      return { Name: name };
    },

    GetJob({ JobName }: Sdk.GetJobRequest): Sdk.GetJobResponse {
      return { Job: show(needJob(world, JobName)) };
    },

    /** Runs go on: "Deletes a specified job definition. If the job definition is not found, no exception is thrown." */
    DeleteJob({ JobName }: Sdk.DeleteJobRequest): Sdk.DeleteJobResponse {
      const name = checkName('jobName', JobName);
      world.jobs.delete(name);
      return { JobName: name };
    },

    ListJobs({ Tags = {}, ...paging }: Sdk.ListJobsRequest): Sdk.ListJobsResponse {
      const found = [...world.jobs.values()].filter(({ tags }) =>
        Object.entries(Tags).every(([key, value]) => tags[key] === value),
      );
      const { items, next } = pageOf(found, paging, { most: 1_000, pageSize: world.pageSize });
      return { JobNames: items.map(({ name }) => name), ...next };
    },
  };
}

/** "A resource to be created or added already exists"; "the same unique identifier was associated with two different records". */
function clash(other: JobRecord, input: Sdk.CreateJobRequest): ServiceFault {
  if (isDeepStrictEqual(other.definition, input)) {
    return new ServiceFault('AlreadyExistsException', `Job with name: ${other.name} already exists.`);
  }
  return new ServiceFault(
    'IdempotentParameterMismatchException',
    'Job already submitted with different configuration.',
  );
}

function show({ name, definition, createdAt }: JobRecord): Sdk.Job {
  const { Tags: _, Timeout = DEFAULT_TIMEOUT_MINUTES, ...said } = definition;
  return {
    ...said,
    Name: name,
    JobMode: said.JobMode ?? 'SCRIPT',
    CreatedOn: createdAt,
    LastModifiedOn: createdAt,
    ExecutionProperty: { MaxConcurrentRuns: said.ExecutionProperty?.MaxConcurrentRuns ?? 1 },
    MaxRetries: said.MaxRetries ?? 0,
    Timeout,
    MaxCapacity: (said.NumberOfWorkers ?? 0) * dpusOf(said.WorkerType),
  };
}
