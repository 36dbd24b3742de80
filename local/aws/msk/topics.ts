import type {
  CreateTopicRequest,
  CreateTopicResponse,
  DeleteTopicRequest,
  DeleteTopicResponse,
  DescribeTopicRequest,
  DescribeTopicResponse,
} from '@aws-sdk/client-kafka';
import { ServiceFault } from '../service-fault.ts';
import { assertCluster } from './clusters.ts';
import { decodeConfigs, encodeConfigs } from './configs.ts';
import { catchUp, secondsFromNow, statusAt, topicArnOf, type Topic, type World } from './world.ts';

const NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** What is done to topics: the brokers do it some time later, and what is told of them was so a while ago. */
export function topicOperations(world: World) {
  return {
    async CreateTopic(request: CreateTopicRequest): Promise<CreateTopicResponse> {
      assertCluster(world, request.ClusterArn);
      await catchUp(world);
      const topic = topicOf(request);
      const status = statusNow(world, topic.name);
      if (status !== undefined || (await world.behind.partitionsOf(topic.name)) !== undefined) {
        throw new ServiceFault('TopicExistsException', `Topic '${topic.name}' already exists.`);
      }
      const readyAt = secondsFromNow(world, world.workSeconds);
      const begun = { at: world.now().getTime(), status: 'CREATING' as const };
      const history = [...(world.topics.get(topic.name)?.history ?? []), begun];
      world.topics.set(topic.name, { ...topic, history: [...history, { at: readyAt, status: 'ACTIVE' }] });
      world.due.push({ at: readyAt, act: () => world.behind.createTopic(topic) });
      return { TopicArn: topicArnOf(world, topic.name), TopicName: topic.name, Status: 'CREATING' };
    },

    async DescribeTopic({ ClusterArn, TopicName: name = '' }: DescribeTopicRequest): Promise<DescribeTopicResponse> {
      assertCluster(world, ClusterArn);
      await catchUp(world);
      const topic = world.topics.get(name);
      if (topic === undefined) {
        const partitions = await world.behind.partitionsOf(name);
        if (partitions === undefined) throw unknown(name);
        return { TopicArn: topicArnOf(world, name), TopicName: name, PartitionCount: partitions, Status: 'ACTIVE' };
      }
      const status = statusAt(topic, secondsFromNow(world, -world.lagSeconds));
      if (status === undefined) throw unknown(name);
      return {
        TopicArn: topicArnOf(world, name),
        TopicName: name,
        PartitionCount: topic.partitions,
        ReplicationFactor: topic.replicas,
        Configs: encodeConfigs(topic.configs),
        Status: status,
      };
    },

    async DeleteTopic({ ClusterArn, TopicName: name = '' }: DeleteTopicRequest): Promise<DeleteTopicResponse> {
      assertCluster(world, ClusterArn);
      await catchUp(world);
      const partitions = await world.behind.partitionsOf(name);
      if (partitions === undefined) throw unknown(name);
      if (statusNow(world, name) !== 'DELETING') remove(world, name, partitions);
      return { TopicArn: topicArnOf(world, name), TopicName: name, Status: 'DELETING' };
    },
  };
}

function statusNow(world: World, name: string): Topic['history'][number]['status'] {
  const topic = world.topics.get(name);
  return topic && statusAt(topic, world.now().getTime());
}

function remove(world: World, name: string, partitions: number): void {
  const goneAt = secondsFromNow(world, world.workSeconds);
  // One that was made through the brokers.
  const found: Topic = { name, partitions, replicas: 1, configs: {}, history: [{ at: 0, status: 'ACTIVE' }] };
  const known = world.topics.get(name) ?? found;
  known.history.push({ at: world.now().getTime(), status: 'DELETING' }, { at: goneAt });
  world.topics.set(name, known);
  world.due.push({ at: goneAt, act: () => world.behind.deleteTopic(name) });
}

function topicOf(request: CreateTopicRequest): Omit<Topic, 'history'> {
  const { TopicName: name = '', PartitionCount: partitions = 0, ReplicationFactor: replicas = 0, Configs } = request;
  if (!NAME.test(name)) throw new ServiceFault('BadRequestException', `The topic name '${name}' is invalid.`);
  if (partitions < 1 || replicas < 1) {
    throw new ServiceFault('BadRequestException', 'Partition count and replication factor must be at least 1.');
  }
  return { name, partitions, replicas, configs: Configs === undefined ? {} : decodeConfigs(Configs) };
}

function unknown(name: string): ServiceFault {
  return new ServiceFault('UnknownTopicOrPartitionException', `Topic '${name}' does not exist.`);
}
