import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Producer, stringSerializers } from '@platformatic/kafka';
import type { Frame } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { ROWS, SOURCE, TopicRuns, type TopicRunEnd } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
let runs: TopicRuns;
beforeAll(async () => {
  kafka = await openTestKafka();
  source = await databases.createDatabase();
  await source.query(SOURCE);
  runs = await TopicRuns.open(kafka, source);
});
afterEach(async () => {
  await expectOnBrokers(kafka, []);
});
afterAll(async () => {
  await runs.close();
  await kafka.close();
  await databases.dropAll();
});

const topicOf = (loadId: string, table: string) => `initial-load.test.hr.${table}.${loadId}`;
const succeeded = { result: { status: 'SUCCEEDED', tearDown: 'complete' }, failure: undefined };

/** Something happens when so many frames of a kind have come; the frame waits for it, unless it is told not to. */
function at(nth: number, what: Frame['what'], api: string, happens: () => Promise<unknown>) {
  let count = 0;
  return async (frame: Frame) => {
    if (frame.what === what && frame.api === api && (count += 1) === nth) await happens();
  };
}

function expectFailed({ result, failure }: TopicRunEnd, error: string, cause: RegExp): void {
  expect(failure).toMatchObject({ error, cause: expect.stringMatching(cause) });
  expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
}

describe('the broker', () => {
  test.each<[string, string, () => Promise<void>]>([
    ['is restarted', 'restarted', () => kafka.server.restart()],
    ['crashes and comes back', 'crashed', () => kafka.server.crash().then(() => kafka.server.start())],
  ])('%s in the middle of a chunk: the load goes on, and every row is there once', async (_what, loadId, fall) => {
    let read: Awaited<ReturnType<TopicRuns['read']>> | undefined;
    const end = await runs.run({
      loadId,
      isUnpaced: true,
      onFrame: at(7, 'request', 'Produce', fall),
      whenAwaited: async () => {
        read ??= await runs.read(loadId);
        await runs.commitBeyondSentinels(loadId);
      },
    });
    expect(end).toMatchObject(succeeded);
    const keys = read!['hr.employees'].rows.map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([ROWS, ROWS]);
    expect(read!['hr.log'].rows).toHaveLength(200);
  });

  test('does not know yet what its controller has made: it is asked again', async () => {
    const loadId = 'news';
    let [isMade, asked] = [false, 0];
    const end = await runs.run({
      loadId,
      onFrame: ({ what, api, bytes }) => {
        isMade ||= what === 'answer' && api === 'CreateTopics';
        const place = bytes.indexOf(`.${loadId}`) + 1;
        if (!isMade || what !== 'request' || api !== 'Metadata' || place === 0 || (asked += 1) > 3) return;
        // Under another name it is unknown to any broker.
        bytes.write('olds', place);
      },
    });
    expect(end).toMatchObject(succeeded);
    expect(asked).toBeGreaterThan(3);
  });

  test('takes no row that large: the load fails with its key, both sizes and the setting', async () => {
    await source.query(`insert into hr.employees values (5000, repeat('x', 1100000))`);
    const end = await runs.run({ loadId: 'large' });
    await source.query('delete from hr.employees where id = 5000');
    expectFailed(
      end,
      'ShardsFailedError',
      /\{"id":5000\} takes 11\d{5} bytes.*employees\.large.*1048588.*max\.message\.bytes/,
    );
  });
});

describe('somebody', () => {
  test('has a topic of that name: it stays as it is', async () => {
    const topic = topicOf('taken', 'log');
    await kafka.admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    await kafka.produce(topic, 'theirs');
    const end = await runs.run({ loadId: 'taken' });
    expectFailed(
      end,
      'LoadFailedError',
      /topic initial-load\.test\.hr\.log\.taken already, which this load did not make/,
    );
    expect((await kafka.consumeAll(topic)).map(({ value }) => value)).toEqual(['theirs']);
    await kafka.admin.deleteTopics({ topics: [topic] });
  });

  test('deletes a topic while it is fed: the load fails and names it', async () => {
    const topic = topicOf('deleted', 'employees');
    const onFrame = at(5, 'request', 'Produce', () => kafka.admin.deleteTopics({ topics: [topic] }));
    expectFailed(
      await runs.run({ loadId: 'deleted', onFrame }),
      'ShardsFailedError',
      /topic .*employees\.deleted is gone/,
    );
  });

  test('deletes a topic before it is ended: the load fails and names it', async () => {
    const topic = topicOf('deleted-late', 'log');
    const end = await runs.run({
      loadId: 'deleted-late',
      onEvent: ({ state, what }) => {
        if (state === 'Check shards' && what === 'entered') void kafka.admin.deleteTopics({ topics: [topic] });
      },
      onFrame: async ({ what, api }) => {
        // The sentinels' producer comes after the topic has gone.
        if (what === 'request' && api === 'InitProducerId') await new Promise((resolve) => setTimeout(resolve, 200));
      },
    });
    expectFailed(end, 'LoadFailedError', /topic .*log\.deleted-late is gone/);
  });

  test.each<[string, string, string, Record<string, string>, RegExp]>([
    [
      'among the rows',
      'among',
      'AddOffsetsToTxn',
      {},
      /offset \d+ of .*employees\.among, partition \d, is not of this load/,
    ],
    [
      'after the end',
      'after',
      'ListOffsets',
      {},
      /offset \d+ of .*employees\.after, partition \d, is not of this load/,
    ],
    [
      'after the end, under the load’s name',
      'named',
      'ListOffsets',
      { 'initial-load': 'named row' },
      /offset \d+ of .*employees\.named, partition \d, comes after the end, which is at \d+/,
    ],
  ])('writes to a topic %s: the load fails and says where', async (_where, loadId, api, headers, cause) => {
    const onFrame = at(1, 'request', api, () => kafka.produce(topicOf(loadId, 'employees'), '{}', headers));
    expectFailed(await runs.run({ loadId, onFrame }), 'LoadFailedError', cause);
  });

  test('has a transaction open in a topic: the load fails and says so', async () => {
    const producer = new Producer({
      clientId: 'somebody',
      bootstrapBrokers: [kafka.server.internalBrokers],
      serializers: stringSerializers,
      idempotent: true,
      transactionalId: 'somebody',
    });
    const end = await runs.run({
      loadId: 'hanging',
      onFrame: at(1, 'request', 'ListOffsets', async () => {
        const open = await producer.beginTransaction();
        await open.send({ messages: [{ topic: topicOf('hanging', 'employees'), key: 'x', value: '{}' }] });
      }),
    });
    await producer.close(true).catch(() => undefined);
    expectFailed(end, 'LoadFailedError', /employees\.hanging, partition \d, .*somebody has a transaction open in it/);
  });
});

describe('the consumer', () => {
  test('never comes: the load fails at its deadline, names the partitions that lag, and the topics go', async () => {
    let ahead = 0;
    const end = await runs.run({
      loadId: 'alone',
      services: { now: () => new Date(Date.now() + ahead) },
      whenAwaited: async () => void (ahead = 48 * 3_600_000),
    });
    expectFailed(
      end,
      'DeadlineError',
      /employees\.alone, partition 0: at nothing, and must pass \d+;.*log\.alone, partition 1/,
    );
  });

  test('commits beyond the end, which is no reading: the load says so', async () => {
    let ahead = 0;
    const end = await runs.run({
      loadId: 'beyond',
      services: { now: () => new Date(Date.now() + ahead) },
      whenAwaited: async () => {
        await runs.commitBeyondSentinels('beyond', 1_000);
        ahead = 48 * 3_600_000;
      },
    });
    expectFailed(end, 'DeadlineError', /employees\.beyond, partition 0: at \d+, beyond the end \(\d+\)/);
  });
});

describe('a request is refused, and nothing is made', () => {
  test.each([
    [
      'brokers that nobody can reach',
      'unreachable',
      {
        services: {
          resolveBrokers: async () => ({ brokers: ['127.0.0.1:1'], security: { kind: 'plaintext' as const } }),
        },
      },
      /^topics\.brokers \("env:BROKERS"\): the brokers can't be reached/,
    ],
    [
      'a live topic that is not there',
      'no-live',
      { request: { topics: { brokers: 'env:BROKERS', tables: { 'hr.log': 'no-such-topic' } } } },
      /topics\.tables\["hr\.log"\] \("no-such-topic"\): the brokers have no such topic/,
    ],
  ])('%s', async (_what, loadId, how, cause) => {
    const { failure } = await runs.run({ loadId, ...how });
    expect(failure).toMatchObject({ error: 'RequestError', cause: expect.stringMatching(cause) });
    expect((await runs.services.store.list(`loads/${loadId}/`)).filter((path) => !/result/.test(path))).toEqual([]);
  });
});
