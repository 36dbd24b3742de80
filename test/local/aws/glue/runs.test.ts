import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-glue';
import { createJob, lookAtRun, ROLE, setStage, startRun, stopRuns, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
  await createJob(stage);
});
afterEach(() => stage.end());

const stateOf = async (id: string) => (await lookAtRun(stage, id)).JobRunState;
const again = async () => {
  await stage.end();
  stage = await setStage({ stubborn: 200 });
  await createJob(stage);
};

describe('a run', () => {
  test('starts, runs and succeeds when its script does', async () => {
    const id = await startRun(stage, { Arguments: { '--start': 'a' } }, 0);
    expect(await stateOf(id)).toBe('STARTING');
    expect(stage.begun).toEqual([]);
    stage.pass(60);
    expect(await lookAtRun(stage, id)).toMatchObject({ JobRunState: 'RUNNING', ExecutionTime: 0 });
    stage.pass(90);
    await stage.begun[0]!.finish();
    expect(await lookAtRun(stage, id)).toMatchObject({
      Id: id,
      Attempt: 0,
      JobName: 'il-1-job',
      JobRunState: 'SUCCEEDED',
      Arguments: { '--start': 'a' },
      CompletedOn: stage.now(),
      ExecutionTime: 90,
      Timeout: 60,
      WorkerType: 'G.1X',
      NumberOfWorkers: 2,
      LogGroupName: '/aws-glue/jobs',
    });
    expect(stage.glue.resources().map(({ type }) => type)).toEqual(['job']);
  });

  test('fails with what its script ended with', async () => {
    const id = await startRun(stage);
    await lookAtRun(stage, id);
    await stage.begun[0]!.finish('LoadFailed: no such table');
    const run = await lookAtRun(stage, id);
    expect(run).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'LoadFailed: no such table' });
  });

  test('gives its script the job’s arguments, its own over them, and Glue’s', async () => {
    await createJob(stage, {
      Name: 'il-2-job',
      DefaultArguments: { '--extra-py-files': 's3://loads/a.py,s3://loads/b.py', '--job_document': 'none' },
    });
    const id = await startRun(stage, { JobName: 'il-2-job', Arguments: { '--job_document': 's3://loads/job.json' } });
    stage.glue.resources();
    const { args, extraFiles, script } = stage.begun[0]!;
    expect({ extraFiles, script }).toEqual({
      extraFiles: ['s3://loads/a.py', 's3://loads/b.py'],
      script: 's3://loads/glue/initial_load.py',
    });
    expect(args).toEqual([
      '--JOB_NAME',
      'il-2-job',
      '--JOB_RUN_ID',
      id,
      '--extra-py-files',
      's3://loads/a.py,s3://loads/b.py',
      '--job_document',
      's3://loads/job.json',
    ]);
  });

  test('says where the logs are that a security configuration encrypts, and what autoscaling used', async () => {
    const DefaultArguments = { '--enable-auto-scaling': 'true' };
    await createJob(stage, { Name: 'il-2-job', SecurityConfiguration: 'sealed', Role: ROLE, DefaultArguments });
    const id = await startRun(stage, { JobName: 'il-2-job' }, 70);
    const { JobRun } = await stage.client.send(new sdk.GetJobRunCommand({ JobName: 'il-2-job', RunId: id }));
    expect(JobRun).toMatchObject({ LogGroupName: '/aws-glue/jobs-glue-jobs-sealed', DPUSeconds: 20 });
  });

  test('is ended when its time is over', async () => {
    const id = await startRun(stage, { Timeout: 5 });
    expect(await stateOf(id)).toBe('RUNNING');
    stage.pass(5 * 60);
    await stateOf(id);
    expect(await lookAtRun(stage, id)).toMatchObject({ JobRunState: 'TIMEOUT', ExecutionTime: 300 });
    expect(stage.begun[0]!.isStopped).toBe(true);
  });

  test('of a job that is not there cannot start', async () => {
    await expect(startRun(stage, { JobName: 'il-9-job' })).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    const list = new sdk.GetJobRunsCommand({ JobName: 'il-9-job' });
    await expect(stage.client.send(list)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
  });

  test('goes on when its job is deleted, unseen, and cannot be stopped any more', async () => {
    const id = await startRun(stage);
    expect(await stateOf(id)).toBe('RUNNING');
    await stage.client.send(new sdk.DeleteJobCommand({ JobName: 'il-1-job' }));
    await expect(lookAtRun(stage, id)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    expect(await stopRuns(stage, id)).toMatchObject({
      SuccessfulSubmissions: [],
      Errors: [{ JobRunId: id, ErrorDetail: { ErrorCode: 'EntityNotFoundException' } }],
    });
    expect(stage.glue.resources()).toEqual([{ type: 'job run', id: `il-1-job/${id}` }]);
    await stage.begun[0]!.finish();
    expect(stage.glue.resources()).toEqual([]);
    // Another job, with none of its runs.
    await createJob(stage);
    expect(await stage.client.send(new sdk.GetJobRunsCommand({ JobName: 'il-1-job' }))).toMatchObject({ JobRuns: [] });
  });
});

describe('runs of one job', () => {
  test('are one at a time, and the slot frees some seconds after the end', async () => {
    const id = await startRun(stage);
    const exceeded = { name: 'ConcurrentRunsExceededException', message: 'Concurrent runs exceeded for il-1-job' };
    await expect(startRun(stage)).rejects.toMatchObject(exceeded);
    await stateOf(id);
    await stage.begun[0]!.finish();
    expect(await stateOf(id)).toBe('SUCCEEDED');
    await expect(startRun(stage, {}, 7)).rejects.toMatchObject(exceeded);
    stage.pass(8);
    expect(await startRun(stage)).not.toBe(id);
  });

  test('are listed page by page, the newest first', async () => {
    await createJob(stage, { Name: 'il-2-job', ExecutionProperty: { MaxConcurrentRuns: 5 } });
    const ids: string[] = [];
    for (let n = 1; n <= 5; n += 1) ids.unshift(await startRun(stage, { JobName: 'il-2-job' }, 1));
    const listed: (string | undefined)[][] = [];
    for await (const { JobRuns = [] } of sdk.paginateGetJobRuns(
      { client: stage.client, pageSize: 2 },
      { JobName: 'il-2-job' },
    )) {
      listed.push(JobRuns.map(({ Id }) => Id));
    }
    expect(listed).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });
});

describe('stopping', () => {
  test('takes its time, and ends what runs the script', async () => {
    const id = await startRun(stage);
    expect(await stateOf(id)).toBe('RUNNING');
    expect(await stopRuns(stage, id)).toMatchObject({
      SuccessfulSubmissions: [{ JobName: 'il-1-job', JobRunId: id }],
      Errors: [],
    });
    await stage.glue.settled();
    expect(stage.begun[0]!.isStopped).toBe(true);
    expect(await stateOf(id)).toBe('STOPPING');
    stage.pass(20);
    expect(await stateOf(id)).toBe('STOPPED');
  });

  test('is over when nothing runs any more, however late it is', async () => {
    await again();
    const id = await startRun(stage);
    await stateOf(id);
    await stopRuns(stage, id);
    stage.pass(3_600);
    expect(await stateOf(id)).toBe('STOPPING');
    await stage.glue.settled();
    expect(await stateOf(id)).toBe('STOPPED');
  });

  test('a run that only starts keeps its script from beginning', async () => {
    const id = await startRun(stage, {}, 10);
    await stopRuns(stage, id);
    stage.pass(3_600);
    expect(await stateOf(id)).toBe('STOPPED');
    expect(stage.begun).toEqual([]);
  });

  test('what is not running, or not there, is answered run by run', async () => {
    const id = await startRun(stage);
    await stateOf(id);
    await stage.begun[0]!.finish();
    expect(await stopRuns(stage, id, 'jr_0')).toMatchObject({
      SuccessfulSubmissions: [],
      Errors: [
        { JobRunId: id, ErrorDetail: { ErrorCode: 'JobRunInvalidStateTransitionException' } },
        { JobRunId: 'jr_0', ErrorDetail: { ErrorCode: 'EntityNotFoundException' } },
      ],
    });
    await expect(stopRuns(stage)).rejects.toMatchObject({ name: 'InvalidInputException' });
  });
});

describe('a test may write down', () => {
  test('how a run ends, before its script has begun', async () => {
    stage.glue.nextRun({ ends: { state: 'ERROR', message: 'the cluster broke' } });
    const run = await lookAtRun(stage, await startRun(stage));
    expect(run).toMatchObject({ JobRunState: 'ERROR', ErrorMessage: 'the cluster broke' });
    expect(stage.begun).toEqual([]);
  });

  test('how it ends when its script has come to its end', async () => {
    stage.glue.nextRun({ ends: { state: 'FAILED', message: 'lost' }, afterWork: true });
    const id = await startRun(stage);
    expect(await stateOf(id)).toBe('RUNNING');
    await stage.begun[0]!.finish();
    expect(await lookAtRun(stage, id)).toMatchObject({ JobRunState: 'FAILED', ErrorMessage: 'lost' });
  });

  test('that it never ends by itself', async () => {
    stage.glue.nextRun({ neverEnds: true });
    const id = await startRun(stage, { Timeout: 10_080 }, 3_600);
    expect(await stateOf(id)).toBe('RUNNING');
    await stopRuns(stage, id);
    stage.pass(20);
    expect(await stateOf(id)).toBe('STOPPED');
    expect(stage.begun).toEqual([]);
  });

  test('that it has ended before anybody looks', async () => {
    stage.glue.nextRun({ atOnce: true });
    const starting = startRun(stage, {}, 0);
    while (stage.begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stage.begun[0]!.finish();
    expect(await stateOf(await starting)).toBe('SUCCEEDED');
  });

  test('a state that Glue has not, and one that passes', async () => {
    stage.glue.nextRun({ shows: 'DREAMING' });
    const id = await startRun(stage);
    expect(await stateOf(id)).toBe('DREAMING');
    expect(stage.begun).toHaveLength(1);
    await stage.begun[0]!.finish();
    expect(await stateOf(id)).toBe('DREAMING');
    stage.pass(8);
    stage.glue.nextRun({ shows: 'WAITING', showsForSeconds: 100 });
    const waiting = await startRun(stage, {}, 61);
    expect(await stateOf(waiting)).toBe('WAITING');
    stage.pass(60);
    expect(await stateOf(waiting)).toBe('RUNNING');
  });
});

describe('calls fail as they do for DMS', () => {
  test.each([
    ['throttled', 'ThrottlingException'],
    ['access denied', 'AccessDeniedException'],
    ['lost before', 'TimeoutError'],
  ] as const)('%s: nothing is done', async (kind, name) => {
    stage.glue.faults.next({ operation: 'StartJobRun', kind });
    const failure: unknown = await startRun(stage).catch((error: unknown) => error);
    expect(failure).toMatchObject(name === 'TimeoutError' ? { code: 'ECONNRESET' } : { name });
    expect(stage.glue.resources().map(({ type }) => type)).toEqual(['job']);
  });

  test('lost after: it is done', async () => {
    stage.glue.faults.next({ operation: 'StartJobRun', kind: 'lost after' });
    await expect(startRun(stage)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(stage.glue.resources().map(({ type }) => type)).toEqual(['job', 'job run']);
  });

  test('vanished: the job is gone, and what ran of it', async () => {
    const id = await startRun(stage);
    await stateOf(id);
    stage.glue.faults.next({ operation: 'GetJobRuns', kind: 'vanished' });
    const list = new sdk.GetJobRunsCommand({ JobName: 'il-1-job' });
    await expect(stage.client.send(list)).rejects.toMatchObject({ name: 'EntityNotFoundException' });
    expect(stage.begun[0]!.isStopped).toBe(true);
    expect(stage.glue.resources()).toEqual([]);
  });

  test('an account’s limit', async () => {
    const fault = 'ResourceNumberLimitExceededException';
    stage.glue.faults.next({ operation: 'StartJobRun', kind: { fault } });
    await expect(startRun(stage)).rejects.toMatchObject({ name: fault });
    expect(await startRun(stage)).toMatch(/^jr_/);
  });
});
