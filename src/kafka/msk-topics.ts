import { callControlPlane } from '../aws/call-control-plane.ts';
import { kafka } from '../aws/clients.ts';
import type { Cluster } from './cluster.ts';
import type { NewTopic, TopicChanges } from './topic-changes.ts';

type Msk = Awaited<ReturnType<typeof kafka>>;

/** The first version of Kafka whose clusters MSK serves topics of. */
const FIRST_VERSION = { major: 3, minor: 6 };

/** Faults of MSK and of the brokers behind it that pass by themselves. */
const PASSING: ReadonlySet<string> = new Set([
  'ClusterConnectivityException',
  'ConflictException',
  'ControllerMovedException',
  'KafkaTimeoutException',
  'NotControllerException',
  'TooManyRequestsException',
]);

/** What keeps a topic from going for a while. */
const KEEPING = {
  GroupSubscribedToTopicException: 'consumers are still attached to it',
  ReassignmentInProgressException: 'its partitions are being moved to other brokers',
};
const GOING = 'it is being removed';

/**
 * Through the control plane of Amazon MSK. Its answers lag behind by about a minute, so it is never believed alone: the
 * brokers, which don't, must know a topic that is ready, and know nothing of one that is gone.
 */
export function mskTopics(arn: string, cluster: Cluster): TopicChanges {
  return {
    async createTopic(topic) {
      const status = await statusOf(arn, topic.name);
      if (status === undefined) await create(arn, topic);
      return status === 'ACTIVE' && (await cluster.describeTopic(topic.name)) !== undefined;
    },
    async deleteTopic(name) {
      const status = await statusOf(arn, name);
      const keptBy = status === undefined || status === 'DELETING' ? undefined : await remove(arn, name);
      if (keptBy !== undefined) return keptBy;
      // Asked of MSK again: what it said before it was told to remove the topic says nothing.
      const isKnown = (await cluster.describeTopic(name)) !== undefined || (await statusOf(arn, name)) !== undefined;
      return isKnown ? GOING : undefined;
    },
  };
}

/** Whether MSK makes topics there: it does for provisioned clusters, since Kafka 3.6. */
export async function isServedByMsk(arn: string): Promise<boolean> {
  const { ClusterInfo: { Provisioned: provisioned } = {} } = await calling('DescribeClusterV2', ({ client, sdk }) =>
    client.send(new sdk.DescribeClusterV2Command({ ClusterArn: arn })),
  );
  const [major = 0, minor = 0] = (provisioned?.CurrentBrokerSoftwareInfo?.KafkaVersion ?? '').split('.').map(Number);
  return major > FIRST_VERSION.major || (major === FIRST_VERSION.major && minor >= FIRST_VERSION.minor);
}

/** Undefined where MSK knows no such topic, or not yet. */
async function statusOf(arn: string, name: string): Promise<string | undefined> {
  const asked = { ClusterArn: arn, TopicName: name };
  const topic = await calling<{ Status?: string | undefined } | undefined>(
    `DescribeTopic ${name}`,
    ({ client, sdk }) => client.send(new sdk.DescribeTopicCommand(asked)),
    { UnknownTopicOrPartitionException: undefined, NotFoundException: undefined },
  );
  return topic?.Status;
}

/** One that is there was made by an earlier call, or is what MSK has not removed yet: the next call sees which. */
async function create(arn: string, { name, partitions, replicas, configs }: NewTopic): Promise<void> {
  const asked = { ClusterArn: arn, TopicName: name, PartitionCount: partitions, ReplicationFactor: replicas };
  const properties = Object.entries(configs).map(([key, value]) => `${key}=${value}`);
  const Configs = Buffer.from(properties.join('\n')).toString('base64');
  await calling<unknown>(
    `CreateTopic ${name}`,
    ({ client, sdk }) => client.send(new sdk.CreateTopicCommand({ ...asked, Configs })),
    { TopicExistsException: undefined },
  );
}

/** @returns what keeps it from going */
async function remove(arn: string, name: string): Promise<string | undefined> {
  return calling<string | undefined>(
    `DeleteTopic ${name}`,
    async ({ client, sdk }) => {
      await client.send(new sdk.DeleteTopicCommand({ ClusterArn: arn, TopicName: name }));
      return undefined;
    },
    { ...KEEPING, UnknownTopicOrPartitionException: undefined, NotFoundException: undefined },
  );
}

/** @throws TransientError, LoadFailedError */
function calling<T>(
  doing: string,
  call: (msk: Msk) => Promise<T>,
  expected: Partial<Record<string, T>> = {},
): Promise<T> {
  return callControlPlane(doing, async () => call(await kafka()), { expected, passing: PASSING, adviceFor });
}

function adviceFor(fault: string): string {
  return /^(AccessDenied|Forbidden|Unauthorized)/.test(fault)
    ? 'See docs/strategies/kafka.md for the rights that a load needs.'
    : 'Mend what Amazon MSK names, and run the load again.';
}
