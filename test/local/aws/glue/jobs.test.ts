import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-glue';
import { createJob, jobInput, lookAtRun, networkInput, setStage, startRun, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});
afterEach(() => stage.end());

const INVALID = { name: 'InvalidInputException' };
const MISSING = { name: 'EntityNotFoundException' };
const getJob = (JobName: string) => stage.client.send(new sdk.GetJobCommand({ JobName }));
const tagsOf = async (end: string) =>
  (await stage.client.send(new sdk.GetTagsCommand({ ResourceArn: `arn:aws:glue:eu-central-1:000000000000:${end}` })))
    .Tags;

describe('a job', () => {
  test('is there from its creation until it is deleted, and its tags are', async () => {
    await createJob(stage, { Tags: { 'initial-load:load': 'one' }, DefaultArguments: { '--enable-metrics': 'true' } });
    const { Job } = await getJob('il-1-job');
    expect(Job).toMatchObject({ ...jobInput(), CreatedOn: stage.now(), MaxCapacity: 2, JobMode: 'SCRIPT' });
    expect(Job).toMatchObject({ DefaultArguments: { '--enable-metrics': 'true' } });
    expect(await tagsOf('job/il-1-job')).toEqual({ 'initial-load:load': 'one' });
    expect(stage.glue.resources()).toEqual([
      { type: 'job', id: 'il-1-job', arn: 'arn:aws:glue:eu-central-1:000000000000:job/il-1-job' },
    ]);
    await stage.client.send(new sdk.DeleteJobCommand({ JobName: 'il-1-job' }));
    await expect(getJob('il-1-job')).rejects.toMatchObject(MISSING);
    await expect(tagsOf('job/il-1-job')).rejects.toMatchObject(MISSING);
    expect(stage.glue.resources()).toEqual([]);
  });

  test('that is not there is deleted with success', async () => {
    const answer = stage.client.send(new sdk.DeleteJobCommand({ JobName: 'il-1-job' }));
    expect(await answer).toMatchObject({ JobName: 'il-1-job' });
  });

  test('is not made twice, and not with two definitions', async () => {
    await createJob(stage);
    await expect(createJob(stage)).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    await expect(createJob(stage, { Timeout: 61 })).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
  });

  test.each<[string, Partial<sdk.CreateJobCommandInput>, string]>([
    ['a name of two lines', { Name: 'a\nb' }, 'ValidationException'],
    ['a worker type that there is not', { WorkerType: 'G.3X' as sdk.WorkerType }, 'ValidationException'],
    ['a worker type for streams', { WorkerType: 'G.025X' }, 'InvalidInputException'],
    ['one worker', { NumberOfWorkers: 1 }, 'InvalidInputException'],
    ['no number of workers', { NumberOfWorkers: undefined }, 'InvalidInputException'],
    ['more workers than an account has', { NumberOfWorkers: 1_001 }, 'ResourceNumberLimitExceededException'],
    ['a capacity beside its workers', { MaxCapacity: 2 }, 'InvalidInputException'],
    ['more than ten retries', { MaxRetries: 11 }, 'InvalidInputException'],
    ['retries, which the stand-in has not', { MaxRetries: 1 }, 'NotImplemented'],
    ['a queue, which the stand-in has not', { JobRunQueuingEnabled: true }, 'NotImplemented'],
    ['a time-out of more than a week', { Timeout: 10_081 }, 'InvalidInputException'],
    [
      'a script that lies elsewhere',
      { Command: { Name: 'glueetl', ScriptLocation: '/a.py' } },
      'InvalidInputException',
    ],
    ['an empty list of connections', { Connections: { Connections: [] } }, 'InvalidInputException'],
    ['an argument without its hyphens', { DefaultArguments: { start: '1' } }, 'InvalidInputException'],
    ['a tag of AWS’s own', { Tags: { 'aws:a': 'b' } }, 'InvalidInputException'],
    ['an older Spark', { GlueVersion: '4.0' }, 'NotImplemented'],
  ])('is refused with %s', async (_what, more, name) => {
    await expect(createJob(stage, more)).rejects.toMatchObject({ name });
    expect(stage.glue.resources()).toEqual([]);
  });

  test('is refused with a field that Glue does not know', async () => {
    const response = await fetch(stage.glue.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AWSGlue.CreateJob' },
      body: JSON.stringify({ ...jobInput(), Workers: 2 }),
    });
    expect(response.headers.get('server')).toBe('stand-in');
    expect(await response.json()).toMatchObject({ __type: 'SerializationException' });
  });

  test('is found by its tags, page by page', async () => {
    for (let n = 1; n <= 5; n += 1) {
      await createJob(stage, { Name: `il-${n}`, Tags: { 'initial-load:load': n % 2 ? 'odd' : 'even', all: 'yes' } });
    }
    const pages: number[] = [];
    const names: string[] = [];
    const Tags = { 'initial-load:load': 'odd', all: 'yes' };
    for await (const { JobNames = [] } of sdk.paginateListJobs({ client: stage.client, pageSize: 2 }, { Tags })) {
      pages.push(JobNames.length);
      names.push(...JobNames);
    }
    expect(pages).toEqual([2, 1]);
    expect(names).toEqual(['il-1', 'il-3', 'il-5']);
  });
});

describe('a connection', () => {
  const create = (more: Partial<sdk.ConnectionInput> = {}) =>
    stage.client.send(new sdk.CreateConnectionCommand(networkInput(more)));

  test('is there from its creation until it is deleted, and its tags are', async () => {
    expect(await create()).toMatchObject({ CreateConnectionStatus: 'READY' });
    await expect(create()).rejects.toMatchObject({ name: 'AlreadyExistsException' });
    const { Connection } = await stage.client.send(new sdk.GetConnectionCommand({ Name: 'il-1-connection' }));
    expect(Connection).toMatchObject({ ...networkInput().ConnectionInput, Status: 'READY' });
    expect(await tagsOf('connection/il-1-connection')).toEqual({ 'initial-load:load': 'one' });
    const remove = new sdk.DeleteConnectionCommand({ ConnectionName: 'il-1-connection' });
    await stage.client.send(remove);
    await expect(stage.client.send(remove)).rejects.toMatchObject(MISSING);
    expect(stage.glue.resources()).toEqual([]);
  });

  test('is refused without a subnet, and without security groups', async () => {
    const SecurityGroupIdList = ['sg-0'];
    await expect(create({ PhysicalConnectionRequirements: { SecurityGroupIdList } })).rejects.toMatchObject(INVALID);
    const half = { SubnetId: 'subnet-0a', AvailabilityZone: 'eu-central-1a' };
    await expect(create({ PhysicalConnectionRequirements: half })).rejects.toMatchObject(INVALID);
  });

  test('is listed with others of its type, page by page, and without a password where none is to be shown', async () => {
    for (let n = 1; n <= 3; n += 1) await create({ Name: `il-${n}`, ConnectionProperties: { PASSWORD: 'x' } });
    const pages: sdk.Connection[][] = [];
    const query = { Filter: { ConnectionType: 'NETWORK' as const }, HidePassword: true };
    for await (const page of sdk.paginateGetConnections({ client: stage.client, pageSize: 2 }, query)) {
      pages.push(page.ConnectionList!);
    }
    expect(pages.map((page) => page.map(({ Name }) => Name))).toEqual([['il-1', 'il-2'], ['il-3']]);
    expect(JSON.stringify(pages)).not.toContain('PASSWORD');
  });

  test.each([
    ['names no zone', networkInput({ PhysicalConnectionRequirements: { SubnetId: 's', SecurityGroupIdList: ['g'] } })],
    ['is not there', undefined],
  ])('that %s fails the run', async (what, input) => {
    if (input) await stage.client.send(new sdk.CreateConnectionCommand(input));
    await createJob(stage, { Connections: { Connections: ['il-1-connection'] } });
    const run = await lookAtRun(stage, await startRun(stage));
    expect(run).toMatchObject({ JobRunState: 'FAILED' });
    expect(run.ErrorMessage).toContain(
      what === 'is not there' ? 'not found' : 'CONNECTION_LIST_CONNECTION_WITH_AZ_NULL',
    );
    expect(stage.begun).toEqual([]);
  });
});
