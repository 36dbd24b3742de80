import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  DescribeClusterV2Command,
  DescribeTopicCommand,
  GetBootstrapBrokersCommand,
  KafkaClient,
  ListNodesCommand,
} from '@aws-sdk/client-kafka';
import { setMskStage, type MskStage } from './stage.ts';

const OFFERS = { BootstrapBrokerString: '127.0.0.1:9092' };

let stage: MskStage;
let client: KafkaClient;
beforeEach(async () => {
  stage = await setMskStage({ offers: OFFERS });
  client = new KafkaClient({ maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await stage.end();
});

const Configs = Buffer.from('cleanup.policy=delete\nretention.ms=86400000').toString('base64');

function create(more: object = {}) {
  const asked = {
    ClusterArn: stage.msk.clusterArn,
    TopicName: 'one',
    PartitionCount: 3,
    ReplicationFactor: 1,
    Configs,
  };
  return client.send(new CreateTopicCommand({ ...asked, ...more }));
}

function describeOne(TopicName = 'one') {
  return client.send(new DescribeTopicCommand({ ClusterArn: stage.msk.clusterArn, TopicName }));
}

function remove(TopicName = 'one') {
  return client.send(new DeleteTopicCommand({ ClusterArn: stage.msk.clusterArn, TopicName }));
}

test('a topic is made after a while, and a minute later MSK says so', async () => {
  expect(await create()).toMatchObject({ TopicName: 'one', Status: 'CREATING' });
  await expect(describeOne()).rejects.toMatchObject({ name: 'UnknownTopicOrPartitionException' });
  expect(stage.topics.size).toBe(0);
  stage.pass(65);
  expect(await describeOne()).toMatchObject({ Status: 'CREATING' });
  expect([...stage.topics.values()]).toEqual([
    {
      name: 'one',
      partitions: 3,
      replicas: 1,
      configs: { 'cleanup.policy': 'delete', 'retention.ms': '86400000' },
    },
  ]);
  stage.pass(30);
  expect(await describeOne()).toMatchObject({ Status: 'ACTIVE', PartitionCount: 3, ReplicationFactor: 1, Configs });
});

test('a topic is removed after a while, and MSK goes on calling it active for a minute', async () => {
  await create();
  stage.pass(90);
  expect(await remove()).toMatchObject({ Status: 'DELETING' });
  expect(await describeOne()).toMatchObject({ Status: 'ACTIVE' });
  stage.pass(30);
  await expect(remove()).rejects.toMatchObject({ name: 'UnknownTopicOrPartitionException' });
  expect(stage.topics.size).toBe(0);
  stage.pass(60);
  await expect(describeOne()).rejects.toMatchObject({ name: 'UnknownTopicOrPartitionException' });
});

test('a topic that others made through the brokers is there for MSK too', async () => {
  stage.topics.set('live', { name: 'live', partitions: 6, replicas: 1, configs: {} });
  expect(await describeOne('live')).toMatchObject({ Status: 'ACTIVE', PartitionCount: 6 });
  await expect(create({ TopicName: 'live' })).rejects.toMatchObject({ name: 'TopicExistsException' });
  expect(await remove('live')).toMatchObject({ Status: 'DELETING' });
});

describe('refused', () => {
  test.each<[string, object, string]>([
    ['a second topic of the name', { TopicName: 'one' }, 'TopicExistsException'],
    ['a topic of a cluster that does not exist', { ClusterArn: 'arn:aws:kafka:x:0:cluster/y/z' }, 'NotFoundException'],
    ['settings that are no base64', { TopicName: 'two', Configs: '{"a":1}' }, 'BadRequestException'],
    [
      'settings that are JSON',
      { TopicName: 'two', Configs: Buffer.from('{"cleanup.policy":"delete"}').toString('base64') },
      'BadRequestException',
    ],
    ['a name that Kafka has not', { TopicName: 'a b' }, 'BadRequestException'],
    ['no partition', { TopicName: 'two', PartitionCount: 0 }, 'BadRequestException'],
    ['a text for a number', { TopicName: 'two', PartitionCount: '3' as unknown as number }, 'SerializationException'],
  ])('%s', async (_what, more, name) => {
    await create();
    await expect(create(more)).rejects.toMatchObject({ name });
  });

  test('a field that the model does not have', async () => {
    const path = `/v1/clusters/${encodeURIComponent(stage.msk.clusterArn)}/topics`;
    const response = await fetch(stage.msk.endpoint + path, {
      method: 'POST',
      body: JSON.stringify({ topicName: 'one', partitionCount: 3, replicationFactor: 1, PartitionCount: 4 }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-errortype')).toBe('SerializationException');
    expect(await response.json()).toEqual({ message: expect.stringContaining('has no member PartitionCount') });
  });

  test('what the stand-in has not, and what no service has', async () => {
    await expect(client.send(new ListNodesCommand({ ClusterArn: stage.msk.clusterArn }))).rejects.toMatchObject({
      name: 'NotImplemented',
    });
    expect((await fetch(`${stage.msk.endpoint}/v9/things`)).headers.get('x-amzn-errortype')).toBe(
      'UnknownOperationException',
    );
  });
});

test('a scripted fault arrives as the SDK knows it, with its status', async () => {
  stage.msk.faults.next({ operation: 'DeleteTopic', about: 'one', kind: { fault: 'GroupSubscribedToTopicException' } });
  await expect(remove()).rejects.toMatchObject({
    name: 'GroupSubscribedToTopicException',
    $metadata: { httpStatusCode: 409 },
  });
  expect(stage.msk.requests.map(({ operation, answer }) => `${operation} ${answer}`)).toEqual([
    'DeleteTopic GroupSubscribedToTopicException',
  ]);
});

test('the cluster says what its brokers offer, and what it is', async () => {
  const { clusterArn: ClusterArn } = stage.msk;
  expect(await client.send(new GetBootstrapBrokersCommand({ ClusterArn }))).toMatchObject(OFFERS);
  expect(await client.send(new DescribeClusterV2Command({ ClusterArn }))).toMatchObject({
    ClusterInfo: {
      ClusterType: 'PROVISIONED',
      State: 'ACTIVE',
      Provisioned: { CurrentBrokerSoftwareInfo: { KafkaVersion: '3.9.x' } },
    },
  });
});
