import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { isServedByMsk, mskTopics } from '../../../../src/kafka/msk-topics.ts';
import type { TopicChanges } from '../../../../src/kafka/topic-changes.ts';
import { LoadFailedError, TransientError } from '../../../../src/errors.ts';
import { setMskStage, type MskStage } from './stage.ts';

const NEW = { name: 'initial-load.hr.a', partitions: 2, replicas: 1, configs: { 'retention.ms': '3600000' } };

let stage: MskStage;
let topics: TopicChanges;
// The SDK's client is made once and keeps its endpoint, so all tests of this file have one stand-in.
beforeAll(async () => {
  stage = await setMskStage();
  topics = mskTopics(stage.msk.clusterArn, stage.cluster);
});
afterAll(() => stage.end());
beforeEach(() => {
  stage.msk.requests.length = 0;
});
afterEach(async () => {
  stage.msk.faults.clear();
  await untilGone();
});

async function untilReady(): Promise<void> {
  while (!(await topics.createTopic(NEW))) stage.pass(15);
}

async function untilGone(): Promise<string[]> {
  const kept: string[] = [];
  for (;;) {
    const keptBy = await topics.deleteTopic(NEW.name);
    if (keptBy === undefined) return kept;
    kept.push(keptBy);
    stage.pass(15);
  }
}

const asked = (operation: string) => stage.msk.requests.filter((request) => request.operation === operation);

describe('making a topic', () => {
  test('is asked for step by step, and it is ready when MSK and the brokers both say so', async () => {
    expect(await topics.createTopic(NEW)).toBe(false);
    expect(await topics.createTopic(NEW)).toBe(false);
    expect(stage.topics.size).toBe(0);
    await untilReady();
    expect([...stage.topics.values()]).toEqual([NEW]);
    expect(asked('CreateTopic').map(({ answer }) => answer)).toContain('ok');
  });

  test('is not believed of one that MSK still calls active and the brokers have removed', async () => {
    await untilReady();
    stage.topics.clear();
    expect(await topics.createTopic(NEW)).toBe(false);
    stage.topics.set(NEW.name, NEW);
  });

  test('goes on when the answer was lost', async () => {
    stage.msk.faults.next({ operation: 'CreateTopic', kind: 'lost after' });
    await untilReady();
    expect(stage.topics.size).toBe(1);
  });

  test('of one that was removed a moment ago makes it anew', async () => {
    await untilReady();
    await untilGone();
    await untilReady();
    expect(stage.topics.size).toBe(1);
  });
});

describe('removing a topic', () => {
  test('is asked for step by step, and it is gone when MSK and the brokers both say so', async () => {
    await untilReady();
    expect(await topics.deleteTopic(NEW.name)).toBe('it is being removed');
    expect(new Set(await untilGone())).toEqual(new Set(['it is being removed']));
    expect(stage.topics.size).toBe(0);
  });

  test('of one that is gone has nothing to do', async () => {
    expect(await topics.deleteTopic('initial-load.hr.none')).toBeUndefined();
    expect(asked('DeleteTopic')).toEqual([]);
  });

  test.each([
    ['GroupSubscribedToTopicException', 'consumers are still attached to it'],
    ['ReassignmentInProgressException', 'its partitions are being moved to other brokers'],
  ])('says what keeps it: %s', async (fault, says) => {
    await untilReady();
    stage.msk.faults.next({ operation: 'DeleteTopic', kind: { fault } });
    expect(await topics.deleteTopic(NEW.name)).toBe(says);
  });
});

describe('a fault', () => {
  test.each(['ControllerMovedException', 'ClusterConnectivityException', 'KafkaTimeoutException'])(
    '%s is worth another try of the step',
    async (fault) => {
      stage.msk.faults.next({ operation: 'CreateTopic', kind: { fault }, times: 5 });
      await expect(topics.createTopic(NEW)).rejects.toThrow(TransientError);
    },
  );

  test('of a missing right fails the load, and says where the rights are', async () => {
    stage.msk.faults.next({ operation: 'CreateTopic', kind: 'access denied' });
    const failed = topics.createTopic(NEW);
    await expect(failed).rejects.toThrow(LoadFailedError);
    await expect(failed).rejects.toThrow(/^CreateTopic initial-load\.hr\.a: AccessDenied.*docs\/strategies\/kafka\.md/);
  });
});

test('MSK makes topics on provisioned clusters', async () => {
  expect(await isServedByMsk(stage.msk.clusterArn)).toBe(true);
});
