import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import {
  createEndpoint,
  createInstance,
  everythingIn,
  lookAtTask,
  nothingToMove,
  readyTask,
  ROLE,
  setStage,
  startTask,
  taskInput,
  type Stage,
} from '../stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage({ mover: nothingToMove });
});
afterEach(() => stage.end());

const STATE = { name: 'InvalidResourceStateFault' };
const VALUE = { name: 'InvalidParameterValueException' };
const COMBINATION = { name: 'InvalidParameterCombinationException' };
const MISSING = { name: 'ResourceNotFoundFault' };

describe('names', () => {
  test.each(['1st', 'a--b', 'a-', 'a_b', 'a'.repeat(64), ''])('an instance cannot be called "%s"', async (name) => {
    await expect(createInstance(stage, name)).rejects.toMatchObject(VALUE);
  });

  test('an ARN ends in at most 31 characters', async () => {
    const ResourceIdentifier = 'a'.repeat(32);
    await expect(createEndpoint(stage, 'source', { ResourceIdentifier })).rejects.toMatchObject(VALUE);
  });

  test('are kept in small letters, and are given once, also while the first one is being deleted', async () => {
    const arn = await createInstance(stage, 'Il-1-Instance');
    await expect(createInstance(stage)).rejects.toMatchObject({ name: 'ResourceAlreadyExistsFault' });
    stage.pass(481);
    await stage.client.send(new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn: arn }));
    await expect(createInstance(stage)).rejects.toMatchObject({ name: 'ResourceAlreadyExistsFault' });
    stage.pass(241);
    expect(await createInstance(stage)).toMatch(/:rep:il-1-instance$/);
  });

  test('a subnet group needs two subnets', async () => {
    const command = new sdk.CreateReplicationSubnetGroupCommand({
      ReplicationSubnetGroupIdentifier: 'one',
      ReplicationSubnetGroupDescription: 'one',
      SubnetIds: ['subnet-a'],
    });
    const fault = { name: 'ReplicationSubnetGroupDoesNotCoverEnoughAZs' };
    await expect(stage.client.send(command)).rejects.toMatchObject(fault);
  });
});

describe('endpoints', () => {
  test.each<[string, Partial<sdk.CreateEndpointCommandInput>]>([
    ['a secret without the role that reads it', { PostgreSQLSettings: { SecretsManagerSecretId: 's' } }],
    ['a secret and a user', { Username: 'me' }],
    ['settings of another engine', { MySQLSettings: {} }],
    ['neither a secret nor a login', { PostgreSQLSettings: {} }],
  ])('are refused with %s', async (_what, more) => {
    await expect(createEndpoint(stage, 'source', more)).rejects.toMatchObject(COMBINATION);
  });

  test('never show a password', async () => {
    await createEndpoint(stage, 'source', {
      PostgreSQLSettings: { ServerName: 'x', Password: 'hidden-1' },
      Username: 'me',
      Password: 'hidden-2',
      ServerName: 'x',
      Port: 5432,
    });
    const { Endpoints } = await stage.client.send(new sdk.DescribeEndpointsCommand({}));
    expect(Endpoints).toMatchObject([{ Username: 'me', Status: 'active' }]);
    expect(JSON.stringify(Endpoints)).not.toContain('hidden');
  });
});

describe('lists', () => {
  const filter = (Name: string, ...Values: string[]) => ({ Filters: [{ Name, Values }] });

  beforeEach(async () => {
    for (let n = 1; n <= 45; n += 1) {
      const type = n % 2 ? 'source' : 'target';
      await createEndpoint(stage, type, { EndpointIdentifier: `il-${n}` });
    }
  });

  test('come in pages', async () => {
    const sizes: number[] = [];
    const seen = new Set<string>();
    for await (const { Endpoints = [] } of sdk.paginateDescribeEndpoints({ client: stage.client, pageSize: 20 }, {})) {
      sizes.push(Endpoints.length);
      for (const { EndpointArn } of Endpoints) seen.add(EndpointArn!);
    }
    expect(sizes).toEqual([20, 20, 5]);
    expect(seen.size).toBe(45);
  });

  test.each([19, 101])('hold from 20 to 100 on a page, not %d', async (MaxRecords) => {
    await expect(stage.client.send(new sdk.DescribeEndpointsCommand({ MaxRecords }))).rejects.toMatchObject(VALUE);
  });

  test('are filtered, by any of a filter’s values', async () => {
    const byId = await stage.client.send(new sdk.DescribeEndpointsCommand(filter('endpoint-id', 'il-2', 'il-7')));
    expect(byId.Endpoints?.map(({ EndpointType }) => EndpointType)).toEqual(['target', 'source']);
    const both = {
      Filters: [...filter('endpoint-id', 'il-2', 'il-7').Filters, ...filter('endpoint-type', 'source').Filters],
    };
    const narrowed = await stage.client.send(new sdk.DescribeEndpointsCommand(both));
    expect(narrowed.Endpoints?.map(({ EndpointIdentifier }) => EndpointIdentifier)).toEqual(['il-7']);
  });

  test('a filter that lets nothing through is answered with a fault', async () => {
    const command = new sdk.DescribeEndpointsCommand(filter('endpoint-id', 'il-99'));
    await expect(stage.client.send(command)).rejects.toMatchObject(MISSING);
  });

  test('a filter that DMS does not have is refused', async () => {
    const command = new sdk.DescribeEndpointsCommand(filter('endpoint-name', 'il-1'));
    await expect(stage.client.send(command)).rejects.toMatchObject(VALUE);
  });
});

describe('tags', () => {
  test('are listed for one resource, and with their resource for several', async () => {
    const tagged = await createEndpoint(stage, 'source', { Tags: [{ Key: 'a', Value: '1' }] });
    const bare = await createEndpoint(stage, 'target');
    await stage.client.send(
      new sdk.AddTagsToResourceCommand({ ResourceArn: bare, Tags: [{ Key: 'initial-load:load', Value: 'x y' }] }),
    );
    const list = (input: sdk.ListTagsForResourceCommandInput) =>
      stage.client.send(new sdk.ListTagsForResourceCommand(input));
    expect((await list({ ResourceArn: tagged })).TagList).toEqual([{ Key: 'a', Value: '1' }]);
    expect((await list({ ResourceArnList: [tagged, bare] })).TagList).toEqual([
      { Key: 'a', Value: '1', ResourceArn: tagged },
      { Key: 'initial-load:load', Value: 'x y', ResourceArn: bare },
    ]);
    await expect(list({ ResourceArn: 'arn:nobody' })).rejects.toMatchObject(MISSING);
    await expect(list({})).rejects.toMatchObject(COMBINATION);
  });

  test.each([
    { Key: 'aws:x', Value: '' },
    { Key: 'a', Value: 'émile?' },
    { Key: 'k'.repeat(129), Value: '' },
  ])('like %j are refused, and nothing is made', async (tag) => {
    await expect(createEndpoint(stage, 'source', { Tags: [tag] })).rejects.toMatchObject(VALUE);
    expect(stage.aws.resources()).toEqual([]);
  });
});

describe('a task', () => {
  test('needs an instance that is available', async () => {
    const on = {
      source: await createEndpoint(stage, 'source'),
      target: await createEndpoint(stage, 'target'),
      instance: await createInstance(stage),
    };
    await expect(stage.client.send(new sdk.CreateReplicationTaskCommand(taskInput(on)))).rejects.toMatchObject(STATE);
    stage.pass(481);
    await stage.client.send(new sdk.CreateReplicationTaskCommand(taskInput(on)));
    expect(stage.aws.resources().map(({ id }) => id)).toContain('il-1-task');
  });

  test.each<[string, object]>([
    ['no rules', { rules: [] }],
    ['a rule of a type that is unknown', everythingIn('hr', { 'rule-type': 'sorting' })],
    ['an action that is unknown', { rules: [{ ...everythingIn('hr').rules[0], 'rule-action': 'maybe' }] }],
    ['a field that is unknown', { rules: [{ ...everythingIn('hr').rules[0], priority: 1 }] }],
    ['two rules of one id', { rules: [...everythingIn('hr').rules, ...everythingIn('hr').rules] }],
    [
      'a filter over several tables',
      {
        rules: [
          {
            ...everythingIn('hr').rules[0],
            filters: [
              { 'filter-type': 'source', 'column-name': 'a', 'filter-conditions': [{ 'filter-operator': 'null' }] },
            ],
          },
        ],
      },
    ],
  ])('is refused with mappings that have %s', async (_what, mappings) => {
    await expect(readyTask(stage, { mappings })).rejects.toMatchObject({
      ...VALUE,
      message: expect.stringContaining('Error in mapping rules.'),
    });
  });

  test.each<[string, object]>([
    ['a section that is unknown', { ErrorBehaviour: {} }],
    ['a policy that is unknown', { ErrorBehavior: { TableErrorPolicy: 'STOP' } }],
    ['two LOB modes', { TargetMetadata: { FullLobMode: true, LimitedSizeLobMode: true } }],
  ])('is refused with settings that have %s', async (_what, settings) => {
    await expect(readyTask(stage, { settings })).rejects.toMatchObject({
      ...VALUE,
      message: expect.stringContaining('Invalid task settings JSON.'),
    });
  });

  test('starts only when both endpoints were reached from its instance', async () => {
    const { task, instance, target } = await readyTask(stage);
    stage.aws.dms.dataFaults.connectionFails({ type: 'target', message: 'no route to host' });
    const testing = new sdk.TestConnectionCommand({ ReplicationInstanceArn: instance, EndpointArn: target });
    await stage.client.send(testing);
    const connection = async () => {
      const Filters = [{ Name: 'endpoint-arn', Values: [target] }];
      return (await stage.client.send(new sdk.DescribeConnectionsCommand({ Filters }))).Connections?.[0];
    };
    expect(await connection()).toMatchObject({ Status: 'testing' });
    await expect(startTask(stage, task)).rejects.toMatchObject(STATE);
    stage.pass(31);
    expect(await connection()).toMatchObject({ Status: 'failed', LastFailureMessage: 'no route to host' });
    await expect(startTask(stage, task)).rejects.toMatchObject(STATE);
    await stage.client.send(testing);
    stage.pass(31);
    expect(await connection()).toMatchObject({ Status: 'successful' });
    await startTask(stage, task);
    expect(await lookAtTask(stage, task)).toMatchObject({ Status: 'stopped' });
  });

  test('is started anew once, and again only to reload or to go on', async () => {
    const { task } = await readyTask(stage);
    await expect(startTask(stage, task, 'reload-target')).rejects.toMatchObject(COMBINATION);
    await expect(startTask(stage, task, 'resume-processing')).rejects.toMatchObject(COMBINATION);
    await startTask(stage, task);
    await expect(startTask(stage, task)).rejects.toMatchObject({
      ...COMBINATION,
      message: 'Start Type : START_REPLICATION, valid only for tasks running for the first time',
    });
    await startTask(stage, task, 'resume-processing');
    await startTask(stage, task, 'reload-target');
  });

  test('cannot be stopped when it does not run', async () => {
    const { task } = await readyTask(stage);
    const command = new sdk.StopReplicationTaskCommand({ ReplicationTaskArn: task });
    await expect(stage.client.send(command)).rejects.toMatchObject(STATE);
  });
});

test('an instance may end in any status', async () => {
  stage.aws.dms.dataFaults.instanceEndsIn('incompatible-network');
  await createInstance(stage);
  const status = async () => {
    const { ReplicationInstances } = await stage.client.send(new sdk.DescribeReplicationInstancesCommand({}));
    return ReplicationInstances?.[0]?.ReplicationInstanceStatus;
  };
  expect(await status()).toBe('creating');
  stage.pass(481);
  expect(await status()).toBe('incompatible-network');
});

test('an assessment keeps its task busy until it has passed or failed', async () => {
  const { task } = await readyTask(stage);
  const begin = (AssessmentRunName: string) =>
    stage.client.send(
      new sdk.StartReplicationTaskAssessmentRunCommand({
        ReplicationTaskArn: task,
        ServiceAccessRoleArn: ROLE,
        ResultLocationBucket: 'assessments',
        AssessmentRunName,
      }),
    );
  const statuses: string[] = [];
  await begin('first');
  for (const seconds of [0, 31, 60, 91]) {
    stage.pass(seconds);
    const { ReplicationTaskAssessmentRuns: runs } = await stage.client.send(
      new sdk.DescribeReplicationTaskAssessmentRunsCommand({
        Filters: [{ Name: 'replication-task-arn', Values: [task] }],
      }),
    );
    statuses.push(`${runs![0]!.Status} ${(await lookAtTask(stage, task)).Status}`);
  }
  expect(statuses).toEqual(['starting testing', 'provisioning testing', 'running testing', 'passed ready']);

  stage.aws.dms.dataFaults.assessmentEnds({ status: 'failed', message: 'LOBs without a key' });
  const second = await begin('second');
  await expect(startTask(stage, task)).rejects.toMatchObject(STATE);
  stage.pass(181);
  const arn = second.ReplicationTaskAssessmentRun!.ReplicationTaskAssessmentRunArn!;
  const Filters = [{ Name: 'replication-task-assessment-run-arn', Values: [arn] }];
  const runs = await stage.client.send(new sdk.DescribeReplicationTaskAssessmentRunsCommand({ Filters }));
  expect(runs.ReplicationTaskAssessmentRuns).toMatchObject([
    { Status: 'failed', LastFailureMessage: 'LOBs without a key', ResultStatistic: { Failed: 1, Passed: 2 } },
  ]);
  const single = await stage.client.send(new sdk.DescribeReplicationTaskIndividualAssessmentsCommand({ Filters }));
  expect(single.ReplicationTaskIndividualAssessments?.map(({ Status }) => Status)).toEqual([
    'failed',
    'passed',
    'passed',
  ]);
  await stage.client.send(new sdk.DeleteReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: arn }));
  stage.pass(31);
  const gone = new sdk.DescribeReplicationTaskAssessmentRunsCommand({ Filters });
  await expect(stage.client.send(gone)).rejects.toMatchObject(MISSING);
});
