import * as sdk from '@aws-sdk/client-glue';
import { useStandIns } from '../../../../local/aws/environment.ts';
import { startGlue, type GlueStandIn } from '../../../../local/aws/glue/glue.ts';
import type { JobRunner, JobToRun } from '../../../../local/aws/glue/job-runner.ts';

/** Glue with the SDK's own client pointed at it, a clock that only moves when it is told to, and a runner told when to end. */
export interface Stage {
  glue: GlueStandIn;
  client: sdk.GlueClient;
  /** What was begun, in order. */
  begun: BegunJob[];
  pass(seconds: number): void;
  now(): Date;
  end(): Promise<void>;
}

interface BegunJob extends JobToRun {
  isStopped: boolean;
  /** Comes to its end, well or with an error. */
  finish(error?: string): Promise<void>;
}

export const ROLE = 'arn:aws:iam::000000000000:role/glue-jobs';

/** @param options.stubborn what runs needs so many milliseconds to be stopped */
export async function setStage({
  pageSize,
  stubborn = 0,
}: { pageSize?: number; stubborn?: number } = {}): Promise<Stage> {
  let at = new Date('2026-03-01T08:00:00Z');
  const begun: BegunJob[] = [];
  const runner: JobRunner = { begin: (job) => beginScripted(job, begun, stubborn) };
  const glue = await startGlue({ now: () => at, region: 'eu-central-1', runner, ...(pageSize && { pageSize }) });
  const release = useStandIns({ glue });
  const client = new sdk.GlueClient({ maxAttempts: 1 });
  // Asked now, since the variables are given back before the client's last request.
  await client.config.endpoint?.();
  return {
    glue,
    client,
    begun,
    now: () => at,
    pass(seconds) {
      at = new Date(at.getTime() + seconds * 1_000);
    },
    async end() {
      client.destroy();
      release();
      await glue.stop();
    },
  };
}

function beginScripted(job: JobToRun, begun: BegunJob[], stubborn: number) {
  const ending = Promise.withResolvers<void>();
  let end: { error?: string } | undefined;
  const entry: BegunJob = {
    ...job,
    isStopped: false,
    async finish(error) {
      end = error === undefined ? {} : { error };
      ending.resolve();
      await ending.promise;
    },
  };
  begun.push(entry);
  return {
    end: () => end,
    ended: ending.promise,
    async stop() {
      await new Promise((resolve) => setTimeout(resolve, stubborn));
      entry.isStopped = true;
      ending.resolve();
    },
  };
}

export function jobInput(more: Partial<sdk.CreateJobCommandInput> = {}): sdk.CreateJobCommandInput {
  return {
    Name: 'il-1-job',
    Role: ROLE,
    Command: { Name: 'glueetl', PythonVersion: '3', ScriptLocation: 's3://loads/glue/initial_load.py' },
    GlueVersion: '5.0',
    WorkerType: 'G.1X',
    NumberOfWorkers: 2,
    ExecutionProperty: { MaxConcurrentRuns: 1 },
    MaxRetries: 0,
    Timeout: 60,
    ...more,
  };
}

export async function createJob({ client }: Stage, more: Partial<sdk.CreateJobCommandInput> = {}): Promise<string> {
  const { Name } = await client.send(new sdk.CreateJobCommand(jobInput(more)));
  return Name!;
}

export function networkInput(more: Partial<sdk.ConnectionInput> = {}): sdk.CreateConnectionCommandInput {
  return {
    ConnectionInput: {
      Name: 'il-1-connection',
      ConnectionType: 'NETWORK',
      ConnectionProperties: {},
      PhysicalConnectionRequirements: {
        SubnetId: 'subnet-0a',
        SecurityGroupIdList: ['sg-0'],
        AvailabilityZone: 'eu-central-1a',
      },
      ...more,
    },
    Tags: { 'initial-load:load': 'one' },
  };
}

/** Starts a run, and lets the time pass that Glue takes to begin it. */
export async function startRun(
  stage: Stage,
  more: Partial<sdk.StartJobRunCommandInput> = {},
  seconds = 61,
): Promise<string> {
  const { JobRunId } = await stage.client.send(new sdk.StartJobRunCommand({ JobName: 'il-1-job', ...more }));
  stage.pass(seconds);
  return JobRunId!;
}

export async function lookAtRun({ client }: Stage, RunId: string): Promise<sdk.JobRun> {
  const { JobRun } = await client.send(new sdk.GetJobRunCommand({ JobName: 'il-1-job', RunId }));
  return JobRun!;
}

export async function stopRuns({ client }: Stage, ...JobRunIds: string[]): Promise<sdk.BatchStopJobRunResponse> {
  return client.send(new sdk.BatchStopJobRunCommand({ JobName: 'il-1-job', JobRunIds }));
}
