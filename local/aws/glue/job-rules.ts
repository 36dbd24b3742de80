import type { CreateJobRequest, StartJobRunRequest } from '@aws-sdk/client-glue';
import { ServiceFault } from '../service-fault.ts';
import { checkName, invalidInput, notImplemented } from './world.ts';

/** Glue 5.0 and later. */
export const DEFAULT_TIMEOUT_MINUTES = 480;
/** "Jobs must have timeout values less than 7 days or 10080 minutes." */
const LONGEST_TIMEOUT_MINUTES = 10_080;
const MOST_RETRIES = 10;
const FEWEST_WORKERS = 2;
/** An account's default. */
const MOST_DPUS = 1_000;
/** Those with Spark 3.5, which the stand-in runs. */
const GLUE_VERSIONS = ['5.0', '5.1'];

/** DPUs of a worker, of the types for Spark jobs that don't stream. */
const DPUS: Record<string, number> = {
  'G.1X': 1,
  'G.2X': 2,
  'G.4X': 4,
  'G.8X': 8,
  'G.12X': 12,
  'G.16X': 16,
  'R.1X': 1,
  'R.2X': 2,
  'R.4X': 4,
  'R.8X': 8,
};

export function dpusOf(workerType: string | undefined): number {
  return DPUS[workerType ?? ''] ?? 0;
}

/** What Glue demands of a job, and what the stand-in can do of it. @throws ServiceFault */
export function checkJob(input: CreateJobRequest): void {
  checkName('name', input.Name);
  if (!/\S/.test(input.Role ?? '')) invalidInput('Role is required');
  checkCommand(input);
  const { GlueVersion = '', MaxRetries = 0, ExecutionProperty, MaxCapacity, Connections } = input;
  if (!GLUE_VERSIONS.includes(GlueVersion)) notImplemented(`it runs Glue ${GLUE_VERSIONS.join(' and ')} only`);
  if (MaxCapacity !== undefined) invalidInput('Do not set Max Capacity if using Worker Type and Number of Workers.');
  if (MaxRetries < 0 || MaxRetries > MOST_RETRIES) invalidInput(`MaxRetries must be from 0 to ${MOST_RETRIES}`);
  if (MaxRetries > 0) notImplemented('it retries no run');
  if ((ExecutionProperty?.MaxConcurrentRuns ?? 1) < 1) invalidInput('MaxConcurrentRuns must be at least 1');
  if (Connections !== undefined && (Connections.Connections ?? []).length === 0) {
    invalidInput('Connections list should not be null or empty.');
  }
  if (input.WorkerType === undefined || input.NumberOfWorkers === undefined) {
    invalidInput('Both Worker Type and Number of Workers must be given.');
  }
  checkArguments(input.DefaultArguments);
  checkRun(input);
}

function checkCommand({ Command = {} }: CreateJobRequest): void {
  if (Command.Name !== 'glueetl') notImplemented('it runs glueetl jobs only');
  if (!/^s3:\/\/[^/]+\/./.test(Command.ScriptLocation ?? '')) {
    invalidInput(`Invalid script location ${Command.ScriptLocation}: it must be in S3`);
  }
  const { PythonVersion = '3' } = Command;
  if (PythonVersion !== '3') invalidInput(`Python version ${PythonVersion} is not supported`);
}

/** What a job says and a run of it may say differently. @throws ServiceFault */
export function checkRun(
  input: Pick<
    StartJobRunRequest,
    'Timeout' | 'WorkerType' | 'NumberOfWorkers' | 'ExecutionClass' | 'JobRunQueuingEnabled'
  >,
): void {
  const { Timeout = 1, WorkerType, NumberOfWorkers = FEWEST_WORKERS } = input;
  if (Timeout < 1 || Timeout > LONGEST_TIMEOUT_MINUTES) {
    invalidInput(`Timeout must be from 1 to ${LONGEST_TIMEOUT_MINUTES} minutes`);
  }
  if (WorkerType !== undefined && DPUS[WorkerType] === undefined) {
    invalidInput(`Worker type ${WorkerType} is not available for this job`);
  }
  if (NumberOfWorkers < FEWEST_WORKERS) invalidInput(`Number of workers must be at least ${FEWEST_WORKERS}`);
  if (NumberOfWorkers * dpusOf(WorkerType) > MOST_DPUS) {
    throw new ServiceFault('ResourceNumberLimitExceededException', `More than ${MOST_DPUS} DPUs`);
  }
  if (input.ExecutionClass === 'FLEX') notImplemented('it runs the execution class STANDARD only');
  if (input.JobRunQueuingEnabled) notImplemented('it queues no run');
}

/** @throws ServiceFault InvalidInputException */
export function checkArguments(args: Record<string, string> = {}): void {
  const wrong = Object.keys(args).find((name) => !name.startsWith('--'));
  if (wrong !== undefined) invalidInput(`The name of an argument begins with --, not ${wrong}`);
}
