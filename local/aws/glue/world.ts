import type { ConnectionInput, CreateJobRequest } from '@aws-sdk/client-glue';
import { ServiceFault } from '../service-fault.ts';
import type { JobRun } from './job-run.ts';
import type { JobRunner } from './job-runner.ts';
import type { RunScript } from './run-script.ts';

/** How long things take, in seconds: about as long as in AWS. */
export const DURATIONS = {
  runStarting: 60,
  runStopping: 20,
  /** A run that has ended counts among those that run until then. */
  slotFreeing: 8,
};

export interface JobRecord {
  name: string;
  definition: CreateJobRequest;
  tags: Record<string, string>;
  createdAt: Date;
}
export interface ConnectionRecord {
  name: string;
  input: ConnectionInput;
  tags: Record<string, string>;
  createdAt: Date;
}

/** Everything that there is in the stand-in's one account and region. */
export interface World {
  now(): Date;
  region: string;
  runner: JobRunner;
  /** What tests wrote down: each is used up by the next run that starts. */
  runScripts: RunScript[];
  /** The most that a page of an answer holds, if less than what is asked for. */
  pageSize: number;
  /** By name, as the connections. */
  jobs: Map<string, JobRecord>;
  connections: Map<string, ConnectionRecord>;
  /** Of all jobs, in the order of their starts; also of jobs that are deleted. */
  runs: JobRun[];
}

/** @throws ServiceFault EntityNotFoundException */
export function needJob({ jobs }: World, name: string | undefined): JobRecord {
  return jobs.get(name ?? '') ?? notFound(`Job with name: ${name} not found.`);
}

/** @throws ServiceFault EntityNotFoundException */
export function needConnection({ connections }: World, name: string | undefined): ConnectionRecord {
  return connections.get(name ?? '') ?? notFound(`Connection ${name} not found.`);
}

export function arnOf({ region }: World, type: 'job' | 'connection', name: string): string {
  return `arn:aws:glue:${region}:000000000000:${type}/${name}`;
}

export function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1_000);
}

/** Glue's "single-line string". */
const ONE_LINE = /^[\u0020-\uD7FF\uE000-\uFFFD\t]{1,255}$/;

/** @throws ServiceFault ValidationException */
export function checkName(field: string, name: string | undefined): string {
  if (name !== undefined && ONE_LINE.test(name)) return name;
  throw new ServiceFault(
    'ValidationException',
    `1 validation error detected: Value '${name}' at '${field}' failed to satisfy constraint: 1 to 255 characters on one line`,
  );
}

/** @throws ServiceFault InvalidInputException */
export function invalidInput(message: string): never {
  throw new ServiceFault('InvalidInputException', message);
}

/** @throws ServiceFault EntityNotFoundException */
export function notFound(message: string): never {
  throw new ServiceFault('EntityNotFoundException', message);
}

/** @throws ServiceFault NotImplemented: the service could do it */
export function notImplemented(what: string): never {
  throw new ServiceFault('NotImplemented', `This is a stand-in: ${what}.`);
}
