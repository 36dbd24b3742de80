import type { JobRunState } from '@aws-sdk/client-glue';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { useRegion } from '../../../src/aws/clients.ts';
import { LoadClosedError, LoadFailedError } from '../../../src/errors.ts';
import { advance } from '../../../src/load/glue/advance.ts';
import { jobDocument, reportDocument, stagedDocument } from '../../../src/load/glue/documents.ts';
import type { JobReport, JobTableReport } from '../../../src/load/glue/job/job-document.ts';
import { nameOf } from '../../../src/load/glue/names.ts';
import { findStart } from '../../../src/load/glue/run/starts.ts';
import type { StepAnswer } from '../../../src/step.ts';
import { progressDocument, shardDocument, waitingForDocument } from '../../../src/store/documents.ts';
import { glueLoad, glueServices, pass, setState, type GlueLoad } from './a-load.ts';
import { denied, lost, MockedGlue, REGION, throttled, type MockedRun } from './mocked-glue.ts';

useRegion(REGION);
const glue = new MockedGlue();
const TO_DATA = { status: 'working', waitSeconds: 0, plane: 'data' };
const LOG = '/aws-glue/jobs/error and /aws-glue/jobs/output, in streams that begin with jr_1.';
let load: GlueLoad;

beforeEach(async () => {
  glue.reset();
  load = await glueLoad();
  glue.jobs.set(nameOf(load, 'job'), { tags: {}, asked: {} });
});

function step(of = load): Promise<StepAnswer> {
  return advance(of, of.plan.shards[0]!);
}

async function failureOf(doing: Promise<unknown>): Promise<string> {
  const error: unknown = await doing.then(
    (answer) => answer,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LoadFailedError);
  return (error as Error).message;
}

const starts = () => glue.inputsOf('StartJobRun').length;
const waitingFor = async (of = load) => (await of.documents.read(waitingForDocument))?.what;
const startId = async (of = load) => (await findStart(of))!.id;

/** The run that the first call has started, in this state. */
async function started(state: JobRunState = 'RUNNING', more: Partial<MockedRun> = {}): Promise<MockedRun> {
  await step();
  glue.takeCalls();
  return Object.assign(glue.runs.at(-1)!, { JobRunState: state, ...more });
}

async function report(more: Partial<JobReport> = {}, tables: Partial<JobTableReport>[] = [{}, {}]): Promise<void> {
  const start = await startId();
  const names = ['hr.employees', 'hr.departments'];
  await load.documents.write(reportDocument(start), {
    start,
    state: 'running',
    updatedAt: load.services.now().toISOString(),
    tables: tables.map((table, index) => ({
      table: names[index]!,
      state: 'loading',
      rowsRead: 0,
      rowsWritten: 0,
      ...table,
    })),
    ...more,
  });
}

const succeeded = (more: Partial<JobReport> = {}) =>
  report({ state: 'succeeded', ...more }, [{ state: 'done' }, { state: 'done' }]);

describe('a load that goes well', () => {
  test('is started once, told what to do by its document, followed, and confirmed by the data plane', async () => {
    expect(await step()).toMatchObject({ status: 'working' });
    const start = await startId();
    expect(glue.inputsOf('StartJobRun')).toEqual([
      {
        JobName: nameOf(load, 'job'),
        Arguments: { '--job_document': `s3://loads/prefix/loads/a-load/glue/job-${start}.json`, '--start': start },
        Timeout: 240,
      },
    ]);
    expect(await load.documents.read(jobDocument(start))).toMatchObject({ version: 1, loadId: 'a-load', start });
    expect(await waitingFor()).toBe('the Glue job, which starts');

    glue.runs[0]!.JobRunState = 'RUNNING';
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toBe('the Glue job, which is RUNNING');
    await report({}, [{ rowsRead: 300 }, { state: 'done', rowsRead: 12 }]);
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toBeUndefined();
    expect((await load.documents.read(progressDocument('s1')))?.tables).toEqual([
      { table: 'hr.employees', rows: 300, bytes: 15_000, done: false },
      { table: 'hr.departments', rows: 12, bytes: 983, done: true },
    ]);

    glue.runs[0]!.JobRunState = 'SUCCEEDED';
    await succeeded();
    expect(await step()).toEqual(TO_DATA);
    expect(await step()).toEqual(TO_DATA);
    expect(starts()).toBe(1);

    await load.documents.write(shardDocument('s1'), { shard: 's1', status: 'succeeded', finishedAt: '' });
    glue.takeCalls();
    expect(await step()).toEqual({ status: 'done' });
    expect(glue.takeCalls()).toEqual([]);
  });

  test('costs one request a poll, and waits half a minute at least', async () => {
    await started();
    const answer = await step();
    expect(glue.takeCalls()).toEqual(['GetJobRun']);
    expect(answer.status === 'working' && answer.waitSeconds).toBeGreaterThanOrEqual(30);
  });

  test('gives its run the time that is left, or what the request says', async () => {
    pass(load, 100 * 60);
    await step();
    expect(glue.inputsOf('StartJobRun')[0]).toMatchObject({ Timeout: 140 });
  });

  test('holds no credential and no name of one in what Glue is told', async () => {
    await step();
    expect(JSON.stringify(glue.inputsOf('StartJobRun'))).not.toContain('hr/source');
  });
});

describe('exactly one start', () => {
  test('of three invocations that come at once, and again', async () => {
    await Promise.all([step(), step(), step()]);
    await Promise.all([step(), step(), step()]);
    expect(starts()).toBe(1);
    expect(glue.runs).toHaveLength(1);
  });

  test('when the answer is lost: the run is found by its argument, among those of others', async () => {
    glue.run(nameOf(load, 'job'), 'FAILED', { Arguments: { '--start': 'an earlier one' } });
    for (let run = 0; run < 25; run += 1) glue.run(nameOf(load, 'job'), 'FAILED');
    glue.fail('StartJobRun', lost(), { after: true });
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toContain('StartJobRun: Error: socket hang up');
    expect(await step()).toMatchObject({ status: 'working' });
    expect(starts()).toBe(1);
    glue.takeCalls();
    await step();
    expect(glue.takeCalls()).toEqual(['GetJobRun']);
  });

  test('when nothing was started: it is asked for again, but not before the first call can no more be under way', async () => {
    glue.fail('StartJobRun', lost());
    await step();
    for (let seconds = 0; seconds < 130; seconds += 26) {
      expect(await step()).toMatchObject({ status: 'working' });
      expect(starts()).toBe(1);
      pass(load, 26);
    }
    await step();
    expect(starts()).toBe(2);
    expect(glue.runs).toHaveLength(1);
    expect(glue.runs[0]!.Arguments).toMatchObject({ '--start': await startId() });
  });

  test.each([
    ['the slot of a run that has just ended', 'ConcurrentRunsExceededException'],
    ['a quota that others use up', 'ResourceNumberLimitExceededException'],
  ])('waits for %s, tells it, and asks again', async (_case, name) => {
    glue.fail('StartJobRun', Object.assign(new Error('No place.'), { name }), { times: 3 });
    for (let call = 1; call <= 3; call += 1) {
      expect(await step()).toMatchObject({ status: 'working' });
      expect(starts()).toBe(call);
      expect(await waitingFor()).toBe(`a place for the job to run in: ${name}: No place.`);
      pass(load, 30);
    }
    await step();
    expect(glue.runs).toHaveLength(1);
  });

  test.each(['GetJobRuns', 'StartJobRun', 'GetJobRun'])('waits where %s is throttled, and tells it', async (call) => {
    if (call === 'GetJobRun') await started();
    glue.fail(call, throttled());
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toBe(`AWS, which says for now: ${call}: ThrottlingException: Rate exceeded`);
  });

  test('of a next attempt, after a run that failed', async () => {
    await started('FAILED');
    await failureOf(step());
    const next = await glueLoad({}, { attempt: 2, services: load.services });
    await step(next);
    await step(next);
    expect(glue.runs).toHaveLength(2);
    expect(glue.runs.map(({ Arguments }) => Arguments!['--start'])).toEqual([await startId(), await startId(next)]);
    expect(await startId()).not.toBe(await startId(next));
  });

  test('of a next attempt stops the run that an earlier one left behind, and waits until it has stopped', async () => {
    await started();
    const next = await glueLoad({}, { attempt: 2, services: load.services });
    expect(await step(next)).toMatchObject({ status: 'working' });
    expect(glue.runs[0]!.JobRunState).toBe('STOPPING');
    expect(await step(next)).toMatchObject({ status: 'working' });
    expect(await waitingFor(next)).toContain('an earlier attempt');
    expect(glue.inputsOf('BatchStopJobRun')).toEqual([{ JobName: nameOf(load, 'job'), JobRunIds: ['jr_1'] }]);
    expect(starts()).toBe(0);
    glue.settle();
    await step(next);
    expect(glue.runs).toHaveLength(2);
  });

  test('is followed where it has two runs after all: the one that goes on', async () => {
    glue.fail('StartJobRun', lost(), { after: true });
    await step();
    const { Arguments } = glue.runs[0]!;
    glue.runs[0]!.JobRunState = 'RUNNING';
    glue.run(nameOf(load, 'job'), 'FAILED', { Arguments: Arguments! });
    expect(await step()).toMatchObject({ status: 'working' });
  });

  test('is not asked for once the load is closed', async () => {
    glue.whenAsked = (call) => (call === 'GetJobRuns' ? setState(load, 'closed') : undefined);
    await expect(step()).rejects.toThrow(LoadClosedError);
    expect(starts()).toBe(0);
  });

  test('is refused for good with Glue’s own words', async () => {
    glue.fail('StartJobRun', denied());
    expect(await failureOf(step())).toContain('StartJobRun: AccessDeniedException: not authorized. Allow the role');
  });
});

describe('every state of a run', () => {
  test.each<JobRunState>(['STARTING', 'WAITING', 'RUNNING', 'STOPPING'])('%s is waited in, and told', async (state) => {
    await started(state);
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toBe(`the Glue job, which is ${state}`);
  });

  test.each<[JobRunState, string]>([
    ['FAILED', 'Mend what the message names, or what its log says, and run the load again.'],
    ['ERROR', 'Glue could not run it'],
    ['TIMEOUT', 'Raise glue.timeoutMinutes'],
    ['EXPIRED', 'It waited too long'],
    ['STOPPED', 'Somebody stopped it, and this load did not: find out who'],
  ])('%s fails the load, with where the log is and what to do', async (state, advice) => {
    await started(state, { ErrorMessage: 'Command failed with exit code 10', StateDetail: 'said besides' });
    const said = await failureOf(step());
    expect(said).toContain(`Glue: jr_1 is ${state}: Command failed with exit code 10: said besides. Its log is in`);
    expect(said).toContain(LOG);
    expect(said).toContain(advice);
  });

  test('that is not known fails the load', async () => {
    await started('LEVITATING' as JobRunState);
    expect(await failureOf(step())).toContain('This version does not know the state "LEVITATING".');
  });

  test('the job’s own words come first: of each table, and of itself', async () => {
    await started('FAILED', { LogGroupName: '/aws-glue/jobs-glue-job-encrypted/' });
    await report({ state: 'failed', failure: 'No fence' }, [
      { state: 'failed', failure: 'value "x" is no integer' },
      { state: 'done' },
    ]);
    const said = await failureOf(step());
    expect(said).toMatch(
      /^hr.employees: value "x" is no integer. No fence. Glue: jr_1 is FAILED. Its log is in CloudWatch/,
    );
    expect(said).toContain('in /aws-glue/jobs-glue-job-encrypted/error and /aws-glue/jobs-glue-job-encrypted/output');
  });

  test('many failures are named up to ten', async () => {
    const tables = Array.from({ length: 12 }, (_, index) => ({ source: `hr.t${index}` }));
    load = await glueLoad({ tables }, { services: load.services });
    await started('FAILED');
    await report(
      { state: 'failed' },
      tables.map(({ source }): Partial<JobTableReport> => ({ table: source, state: 'failed', failure: 'no' })),
    );
    expect(await failureOf(step())).toContain('hr.t9: no. and 2 more tables. Glue:');
  });
});

describe('a run that SUCCEEDED is believed only with a report', () => {
  test.each<[string, () => Promise<void>, string]>([
    ['that is there', () => Promise.resolve(), 'The job left no report of this start'],
    ['of this start', () => succeeded({ start: 'another' }), 'The job left no report of this start'],
    ['that says so', () => report(), 'The job\'s own report says "running"'],
    ['that is not of a failure', () => succeeded({ state: 'failed' }), 'The job\'s own report says "failed"'],
    [
      'of every table',
      () => report({ state: 'succeeded' }, [{ state: 'done' }, { state: 'loading' }]),
      'does not say that it is done with hr.departments',
    ],
    [
      'that leaves none out',
      () => report({ state: 'succeeded' }, [{ state: 'done' }]),
      'does not say that it is done with hr.departments',
    ],
  ])('%s', async (_case, write, said) => {
    await started('SUCCEEDED');
    await write();
    expect(await failureOf(step())).toContain(said);
  });

  test('and not of a load that was closed meanwhile', async () => {
    await started('SUCCEEDED');
    await succeeded();
    glue.whenAsked = (call) => (call === 'GetJobRun' ? setState(load, 'closed') : undefined);
    await expect(step()).rejects.toThrow(LoadClosedError);
  });
});

describe('a job of which nothing is heard', () => {
  test('is told after some minutes, and given up after an hour', async () => {
    await started();
    await report();
    await step();
    pass(load, 6 * 60);
    expect(await step()).toMatchObject({ status: 'working' });
    expect(await waitingFor()).toBe('the Glue job, which is RUNNING and of which nothing was heard for 6 minutes');
    pass(load, 54 * 60);
    const said = await failureOf(step());
    expect(said).toContain('Nothing was heard of it for 60 minutes.');
    expect(said).toContain(LOG);
  });

  test('goes on as soon as it reports again, however its own clock goes', async () => {
    await started();
    for (let hour = 0; hour < 3; hour += 1) {
      await report({ updatedAt: `2001-01-01T00:00:0${hour}.000Z` });
      expect(await step()).toMatchObject({ status: 'working' });
      expect(await waitingFor()).toBeUndefined();
      pass(load, 59 * 60);
    }
  });

  test('is given up too while it never begins, but not so soon', async () => {
    await started('STARTING');
    await step();
    pass(load, 119 * 60);
    expect(await step()).toMatchObject({ status: 'working' });
    pass(load, 60);
    expect(await failureOf(step())).toContain('jr_1 is STARTING');
  });
});

describe('what somebody took away', () => {
  test('fails the load: the job', async () => {
    glue.jobs.clear();
    expect(await failureOf(step())).toBe(
      `The Glue job ${nameOf(load, 'job')} is gone. Find out who deleted it, and run the load again.`,
    );
  });

  test('fails the load: the run', async () => {
    await started();
    glue.runs = [];
    expect(await failureOf(step())).toContain('The run jr_1 of the Glue job');
  });

  test('was tear-down, if the load was closed: then that is the cause', async () => {
    await started('STOPPED');
    glue.whenAsked = () => setState(load, 'closed');
    await expect(step()).rejects.toThrow(LoadClosedError);
  });

  test('is not even asked for by a load that is closed', async () => {
    await setState(load, 'closed');
    await expect(step()).rejects.toThrow(LoadClosedError);
    expect(glue.takeCalls()).toEqual([]);
  });
});

test('a load with S3 as its target is started and followed the same way', async () => {
  load = await glueLoad(
    { request: { target: { engine: 's3', uri: 's3://exports/hr' } } },
    { services: glueServices() },
  );
  await started('SUCCEEDED');
  await succeeded();
  expect(await step()).toEqual(TO_DATA);
});

describe('rows that go to topics', () => {
  const toTopics = { topics: {}, request: { strategy: 'glue' } };

  beforeEach(async () => {
    load = await glueLoad(toTopics);
  });

  test('are fed in the data plane once the job has ended well; until then is told what it has read', async () => {
    const run = await started();
    await report({}, [{ rowsRead: 1_200 }, { rowsRead: 34 }]);
    await step();
    expect(await waitingFor()).toBe('the Glue job, which has read 1,234 rows');
    expect(await load.documents.read(progressDocument('s1'))).toBeUndefined();
    run.JobRunState = 'SUCCEEDED';
    await succeeded();
    expect(await step()).toEqual(TO_DATA);
    expect(await waitingFor()).toBeUndefined();
  });

  test('of which some may be in topics are fed from there by a next attempt, which starts no job', async () => {
    await load.documents.write(stagedDocument, []);
    const next = await glueLoad(toTopics, { attempt: 2, services: load.services });
    expect(await step(next)).toEqual(TO_DATA);
    expect(glue.takeCalls()).toEqual([]);
  });
});
