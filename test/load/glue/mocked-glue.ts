import * as sdk from '@aws-sdk/client-glue';
import * as s3 from '@aws-sdk/client-s3';
import { mockClient, type AwsClientStub } from 'aws-sdk-client-mock';
import { isDeepStrictEqual } from 'node:util';

export const REGION = 'eu-central-1';
const ACCOUNT = '123456789012';
const $metadata = {};

interface MockedThing {
  tags: Record<string, string>;
  asked: Record<string, unknown>;
}

export type MockedRun = Omit<sdk.JobRun, 'JobName'> & { JobName: string };

/** What of Glue and of S3 these tests need: jobs, connections and runs by name; runs go on when a test says so. */
export class MockedGlue {
  readonly client: AwsClientStub<sdk.GlueClient> = mockClient(sdk.GlueClient);
  readonly s3: AwsClientStub<s3.S3Client> = mockClient(s3.S3Client);
  jobs = new Map<string, MockedThing>();
  connections = new Map<string, MockedThing>();
  /** The newest last; Glue lists them the other way round. */
  runs: MockedRun[] = [];
  /** By `s3://` address. */
  objects = new Map<string, string>();
  /** Runs that BatchStopJobRun refuses to stop, and why. */
  unstoppable = new Map<string, sdk.ErrorDetail>();

  /** Whatever a test lets happen just before a call is answered. */
  whenAsked: (call: string) => Promise<void> | void = () => undefined;

  readonly #failures = new Map<string, { error: Error; after: boolean }[]>();

  /** The next such calls fail; `after`: what they asked for is done, and the answer lost. */
  fail(call: string, error: Error, { times = 1, after = false } = {}): void {
    const failures = Array.from({ length: times }, () => ({ error, after }));
    this.#failures.set(call, [...(this.#failures.get(call) ?? []), ...failures]);
  }

  reset(): void {
    this.client.reset();
    this.s3.reset();
    this.jobs.clear();
    this.connections.clear();
    this.runs = [];
    this.objects.clear();
    this.unstoppable.clear();
    this.whenAsked = () => undefined;
    this.#failures.clear();
    this.#answer();
  }

  names(): string[] {
    return [...this.jobs.keys(), ...this.connections.keys()].sort();
  }

  run(JobName: string, state: sdk.JobRunState, more: Omit<sdk.JobRun, 'JobName'> = {}): MockedRun {
    const run = { Id: `jr_${this.runs.length + 1}`, JobName, JobRunState: state, ...more };
    this.runs.push(run);
    return run;
  }

  /** Time goes by: what was told to stop has stopped. */
  settle(): void {
    for (const run of this.runs) if (run.JobRunState === 'STOPPING') run.JobRunState = 'STOPPED';
  }

  /** The names of the calls to Glue since this was last asked. */
  takeCalls(): string[] {
    const names = this.client.calls().map(({ args }) => args[0].constructor.name.replace(/Command$/, ''));
    this.client.resetHistory();
    return names;
  }

  inputsOf(call: string): Record<string, unknown>[] {
    const calls = [...this.client.calls(), ...this.s3.calls()];
    return calls
      .filter(({ args }) => args[0].constructor.name === `${call}Command`)
      .map(({ args }) => args[0].input as Record<string, unknown>);
  }

  #on<Asked>(command: unknown, answer: (asked: Asked) => object): void {
    const { name } = command as { name: string };
    const call = name.replace(/Command$/, '');
    const client = (name in s3 ? this.s3 : this.client) as typeof this.client;
    client.on(command as typeof sdk.GetTagsCommand).callsFake(async (asked: Asked) => {
      await this.whenAsked(call);
      const failing = this.#failures.get(call)?.shift();
      if (failing && !failing.after) throw failing.error;
      const answered = answer(asked);
      if (failing) throw failing.error;
      return answered;
    });
  }

  #answer(): void {
    this.#on(sdk.CreateJobCommand, ({ Tags = {}, ...asked }: sdk.CreateJobRequest) => {
      const there = this.jobs.get(asked.Name!);
      if (there) {
        throw isDeepStrictEqual(there, { tags: Tags, asked })
          ? new sdk.AlreadyExistsException({ message: `${asked.Name} is there`, $metadata })
          : new sdk.IdempotentParameterMismatchException({ message: 'different configuration', $metadata });
      }
      this.jobs.set(asked.Name!, { tags: Tags, asked });
      return { Name: asked.Name };
    });
    this.#on(
      sdk.CreateConnectionCommand,
      ({ Tags = {}, ConnectionInput = {} as never }: sdk.CreateConnectionRequest) => {
        const name = ConnectionInput.Name!;
        if (this.connections.has(name))
          throw new sdk.AlreadyExistsException({ message: `${name} is there`, $metadata });
        this.connections.set(name, { tags: Tags, asked: { ...ConnectionInput } });
        return { CreateConnectionStatus: 'READY' };
      },
    );
    this.#on(sdk.GetTagsCommand, ({ ResourceArn = '' }: sdk.GetTagsRequest) => {
      const [, kind, name] =
        new RegExp(`^arn:aws:glue:${REGION}:${ACCOUNT}:(job|connection)/(.+)$`).exec(ResourceArn) ?? [];
      const found = (kind === 'job' ? this.jobs : this.connections).get(name ?? '');
      return { Tags: found?.tags ?? missing(ResourceArn) };
    });
    this.#on(sdk.DeleteJobCommand, ({ JobName }: sdk.DeleteJobRequest) => {
      this.jobs.delete(JobName!);
      return { JobName };
    });
    this.#on(sdk.DeleteConnectionCommand, ({ ConnectionName }: sdk.DeleteConnectionRequest) => {
      return this.connections.delete(ConnectionName!) ? {} : missing(ConnectionName!);
    });
    this.#on(sdk.ListJobsCommand, ({ Tags = {}, NextToken = '0' }: sdk.ListJobsRequest) => {
      const names = [...this.jobs].filter(([, { tags }]) => isWithin(Tags, tags)).map(([name]) => name);
      return pageOf('JobNames', names, NextToken);
    });
    this.#on(sdk.GetConnectionsCommand, ({ NextToken = '0' }: sdk.GetConnectionsRequest) =>
      pageOf(
        'ConnectionList',
        [...this.connections.keys()].map((Name) => ({ Name })),
        NextToken,
      ),
    );
    this.#answerRuns();
    this.#on(s3.PutObjectCommand, ({ Bucket, Key, Body }: s3.PutObjectCommandInput) => {
      this.objects.set(`s3://${Bucket}/${Key}`, Body as string);
      return {};
    });
    this.#on(s3.GetObjectCommand, ({ Bucket, Key }: s3.GetObjectCommandInput) => {
      const text = this.objects.get(`s3://${Bucket}/${Key}`);
      if (text === undefined) throw new s3.NoSuchKey({ message: 'The specified key does not exist.', $metadata });
      return { Body: { transformToString: () => Promise.resolve(text) } };
    });
  }

  #answerRuns(): void {
    this.#on(sdk.StartJobRunCommand, ({ JobName = '', Arguments }: sdk.StartJobRunRequest) => {
      if (!this.jobs.has(JobName)) missing(JobName);
      const going = this.runs.some((run) => run.JobName === JobName && run.JobRunState!.endsWith('ING'));
      if (going) throw new sdk.ConcurrentRunsExceededException({ message: 'Concurrent runs exceeded', $metadata });
      return { JobRunId: this.run(JobName, 'STARTING', { Arguments: Arguments! }).Id };
    });
    this.#on(sdk.GetJobRunCommand, ({ JobName, RunId }: sdk.GetJobRunRequest) => ({
      JobRun: this.runs.find((run) => run.JobName === JobName && run.Id === RunId) ?? missing(RunId!),
    }));
    this.#on(sdk.GetJobRunsCommand, ({ JobName = '', NextToken = '0' }: sdk.GetJobRunsRequest) => {
      if (!this.jobs.has(JobName)) missing(JobName);
      return pageOf('JobRuns', this.runs.filter((run) => run.JobName === JobName).toReversed(), NextToken);
    });
    this.#on(sdk.BatchStopJobRunCommand, ({ JobName, JobRunIds = [] }: sdk.BatchStopJobRunRequest) => {
      const Errors: sdk.BatchStopJobRunError[] = [];
      for (const JobRunId of JobRunIds) {
        const ErrorDetail = this.unstoppable.get(JobRunId);
        if (ErrorDetail) Errors.push({ JobName, JobRunId, ErrorDetail });
        else this.runs.find(({ Id }) => Id === JobRunId)!.JobRunState = 'STOPPING';
      }
      return { Errors };
    });
  }
}

/** As AWS refuses what it throttles. */
export const throttled = () => Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
export const denied = () => Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
/** An answer that never came. */
export const lost = () => Object.assign(new Error('socket hang up'), { name: 'Error', code: 'ECONNRESET' });

function missing(what: string): never {
  throw new sdk.EntityNotFoundException({ message: `Entity not found: ${what}`, $metadata });
}

function isWithin(wanted: Record<string, string>, tags: Record<string, string>): boolean {
  return Object.entries(wanted).every(([key, value]) => tags[key] === value);
}

/** In pages of ten. */
function pageOf<T>(field: string, all: T[], token: string): object {
  const from = Number(token);
  const isMore = all.length > from + 10;
  return { [field]: all.slice(from, from + 10), ...(isMore && { NextToken: String(from + 10) }) };
}
