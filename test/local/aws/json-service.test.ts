import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import * as sdk from '@aws-sdk/client-database-migration-service';
import { startJsonService } from '../../../local/aws/json-service.ts';
import { createEndpoint, createInstance, nothingToMove, readyTask, ROLE, setStage, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage({ mover: nothingToMove });
});
afterEach(() => stage.end());

async function post(operation: string, body: unknown, endpoint = stage.aws.dms.endpoint) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `AmazonDMSv20160101.${operation}` },
    body: JSON.stringify(body),
  });
  return { status: response.status, server: response.headers.get('server'), body: (await response.json()) as object };
}

describe('a request that does not match the model of its operation', () => {
  const endpoint = { EndpointIdentifier: 'one', EndpointType: 'source', EngineName: 'postgres' };

  test.each([
    [
      'an unknown field',
      { ...endpoint, Engine: 'x' },
      'SerializationException',
      'engine: CreateEndpointMessage has no member Engine',
    ],
    [
      'an unknown field inside',
      { ...endpoint, PostgreSQLSettings: { Sockets: 1 } },
      'SerializationException',
      'postgreSQLSettings.sockets: ',
    ],
    [
      'a number for a text',
      { ...endpoint, EngineName: 5 },
      'SerializationException',
      'engineName: expected string, found number',
    ],
    [
      'a text for a number',
      { ...endpoint, Port: '5432' },
      'SerializationException',
      'port: expected number, found string',
    ],
    [
      'null',
      { ...endpoint, DatabaseName: null },
      'SerializationException',
      'databaseName: expected string, found null',
    ],
    ['a text for a list', { ...endpoint, Tags: 'a' }, 'SerializationException', 'tags: expected list, found string'],
    [
      'a wrong item',
      { ...endpoint, Tags: [{ Key: 'a' }, { Key: 2 }] },
      'SerializationException',
      'tags.2.member.key: expected string',
    ],
    [
      'a missing field',
      { EndpointType: 'source', EngineName: 'postgres' },
      'ValidationException',
      "'endpointIdentifier'",
    ],
    [
      'a word that the enum lacks',
      { ...endpoint, EndpointType: 'Source' },
      'ValidationException',
      'enum value set: [source, target]',
    ],
    [
      'an enum inside',
      { ...endpoint, PostgreSQLSettings: { PluginName: 'x' } },
      'ValidationException',
      "'postgreSQLSettings.pluginName'",
    ],
  ])('is refused: %s', async (_what, input, fault, message) => {
    const answer = await post('CreateEndpoint', input);
    expect(answer).toMatchObject({ status: 400, server: 'stand-in', body: { __type: fault } });
    expect(JSON.stringify(answer.body)).toContain(JSON.stringify(message).slice(1, -1));
    expect(stage.aws.resources()).toEqual([]);
  });

  test('is refused when it is a timestamp of another form', async () => {
    const start = {
      ReplicationTaskArn: 'arn',
      StartReplicationTaskType: 'start-replication',
      CdcStartTime: '2026-01-01',
    };
    const answer = await post('StartReplicationTask', start);
    expect(answer.body).toMatchObject({
      __type: 'SerializationException',
      message: expect.stringContaining('cdcStartTime'),
    });
  });
});

test('an operation that AWS has and the stand-in lacks is refused as such', async () => {
  expect(await post('DescribeEvents', {})).toMatchObject({
    status: 501,
    body: { __type: 'NotImplemented', message: "This is a stand-in, and it doesn't implement DescribeEvents." },
  });
});

test('an operation that nobody has is unknown', async () => {
  expect(await post('MakeCoffee', {})).toMatchObject({ status: 404, body: { __type: 'UnknownOperationException' } });
});

test('an answer that does not match the model is a bug of the stand-in, and said to be', async () => {
  const service = await startJsonService({
    targetPrefix: 'AmazonDMSv20160101',
    model: sdk,
    now: () => new Date(),
    operations: { DescribeEndpoints: () => ({ Endpoints: [{ Port: 'many' }] }) },
  });
  const answer = await post('DescribeEndpoints', {}, service.endpoint);
  await service.stop();
  expect(answer).toMatchObject({ status: 500, body: { __type: 'InternalFailure' } });
  expect(JSON.stringify(answer.body)).toContain('endpoints.1.member.port: expected number, found string');
});

test('the client gets timestamps as dates', async () => {
  await createInstance(stage);
  const { ReplicationInstances } = await stage.client.send(new sdk.DescribeReplicationInstancesCommand({}));
  expect(ReplicationInstances?.[0]?.InstanceCreateTime).toEqual(stage.now());
});

describe('scripted faults', () => {
  const endpoints = () => stage.aws.resources().filter(({ type }) => type === 'endpoint').length;

  test('a throttled call has no effect, and the SDK tries it again', async () => {
    await stage.end();
    stage = await setStage({ mover: nothingToMove, maxAttempts: 3 });
    stage.aws.dms.faults.next({ operation: 'CreateEndpoint', kind: 'throttled', times: 2 });
    await createEndpoint(stage, 'source');
    expect(stage.aws.dms.requests.map(({ operation, answer }) => [operation, answer])).toEqual([
      ['CreateEndpoint', 'ThrottlingException'],
      ['CreateEndpoint', 'ThrottlingException'],
      ['CreateEndpoint', 'ok'],
    ]);
  });

  test('a call that is lost before it takes effect has none', async () => {
    stage.aws.dms.faults.next({ operation: 'CreateEndpoint', kind: 'lost before' });
    await expect(createEndpoint(stage, 'source')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(endpoints()).toBe(0);
  });

  test('a call whose answer is lost has taken effect', async () => {
    stage.aws.dms.faults.next({ operation: 'CreateEndpoint', kind: 'lost after' });
    await expect(createEndpoint(stage, 'source')).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(endpoints()).toBe(1);
    await expect(createEndpoint(stage, 'source')).rejects.toMatchObject({ name: 'ResourceAlreadyExistsFault' });
  });

  test.each([
    ['access denied' as const, 'AccessDeniedException'],
    [{ fault: 'KMSKeyNotAccessibleFault' }, 'KMSKeyNotAccessibleFault'],
    [{ fault: 'ResourceQuotaExceededFault', message: 'The quota is 20' }, 'ResourceQuotaExceededFault'],
  ])('%j has no effect', async (kind, name) => {
    stage.aws.dms.faults.next({ operation: 'CreateEndpoint', kind });
    await expect(createEndpoint(stage, 'source')).rejects.toMatchObject({ name });
    expect(endpoints()).toBe(0);
  });

  test('a fault that the service does not have cannot be scripted unseen', async () => {
    stage.aws.dms.faults.next({ kind: { fault: 'NoSuchFault' } });
    await expect(createEndpoint(stage, 'source')).rejects.toMatchObject({ name: 'InternalFailure' });
  });

  test('a task that vanished takes its assessment with it, and nothing else', async () => {
    const { task } = await readyTask(stage);
    stage.aws.dms.faults.next({ operation: 'DeleteReplicationTask', kind: 'vanished' });
    const command = new sdk.DeleteReplicationTaskCommand({ ReplicationTaskArn: task });
    await expect(stage.client.send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
    expect(stage.aws.resources().map(({ id }) => id)).toEqual(['il-1-instance', 'il-1-source', 'il-1-target']);
  });

  test('an instance that vanished was without tasks', async () => {
    const { instance } = await readyTask(stage);
    stage.aws.dms.faults.next({ operation: 'DeleteReplicationInstance', kind: 'vanished' });
    const command = new sdk.DeleteReplicationInstanceCommand({ ReplicationInstanceArn: instance });
    await expect(stage.client.send(command)).rejects.toMatchObject({ name: 'ResourceNotFoundFault' });
    expect(stage.aws.resources().map(({ id }) => id)).toEqual(['il-1-source', 'il-1-target']);
  });

  test('the third of some calls fails, when it is the third that was meant', async () => {
    const { faults, requests } = stage.aws.dms;
    faults.next({ operation: 'DescribeEndpoints', kind: { fault: 'AccessDeniedFault' }, nth: 3 });
    for (let call = 1; call <= 4; call += 1) {
      await stage.client.send(new sdk.DescribeEndpointsCommand({})).catch(() => {});
    }
    expect(requests.map(({ answer }) => answer)).toEqual(['ok', 'ok', 'AccessDeniedFault', 'ok']);
    expect(faults.injected).toEqual([{ operation: 'DescribeEndpoints', kind: { fault: 'AccessDeniedFault' } }]);
  });
});

test('requests are logged with their input as it came', async () => {
  await createEndpoint(stage, 'source');
  expect(stage.aws.dms.requests).toEqual([
    {
      operation: 'CreateEndpoint',
      at: stage.now(),
      answer: 'ok',
      input: {
        EndpointIdentifier: 'il-1-source',
        EndpointType: 'source',
        EngineName: 'postgres',
        DatabaseName: 'nowhere',
        PostgreSQLSettings: { SecretsManagerSecretId: 'source', SecretsManagerAccessRoleArn: ROLE },
      },
    },
  ]);
});

test('an account has 200 requests, and 8 more with every second', async () => {
  const call = () => stage.client.send(new sdk.DescribeEndpointsCommand({}));
  for (let count = 1; count <= 200; count += 1) await call();
  await expect(call()).rejects.toMatchObject({ name: 'ThrottlingException' });
  stage.pass(1);
  for (let count = 1; count <= 8; count += 1) await call();
  await expect(call()).rejects.toMatchObject({ name: 'ThrottlingException' });
  expect(stage.aws.dms.bucket.throttled).toBe(2);
});

test('the bucket can be switched off', async () => {
  await stage.end();
  stage = await setStage({ mover: nothingToMove, throttles: false });
  for (let call = 1; call <= 250; call += 1) await stage.client.send(new sdk.DescribeEndpointsCommand({}));
  expect(stage.aws.dms.bucket.throttled).toBe(0);
});
