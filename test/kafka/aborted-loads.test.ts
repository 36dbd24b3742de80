import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { MachineEvent } from '../../local/run-machine.ts';
import { LoadClosedError, SupersededError } from '../../src/errors.ts';
import type { Load } from '../../src/services.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { gate } from '../support/gate.ts';
import { openKafkaProxy, type KafkaProxy, type Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers } from '../support/loaded-topics.ts';
import {
  advanceAll,
  plannedLoad,
  provision,
  requestOf,
  setLoadStage,
  setStatus,
  settleAndRestore,
  tearDown,
  verify,
  type LoadStage,
} from '../support/loads.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
beforeAll(async () => {
  kafka = await openTestKafka();
  source = await databases.createDatabase();
  await source.query(SOURCE);
});
afterAll(async () => {
  await kafka.close();
  await databases.dropAll();
});

async function sourceSessions(): Promise<unknown[]> {
  return source.query(
    `select application_name from pg_stat_activity where datname = current_database() and application_name like 'il %'`,
  );
}

describe('a load into topics that is aborted', () => {
  let runs: TopicRuns;
  const states: string[] = [];
  beforeAll(async () => {
    runs = await TopicRuns.open(kafka, source);
    const onEvent = ({ machine, state, what }: MachineEvent) => {
      if (machine === 'initial-load' && what === 'entered' && !states.includes(state)) states.push(state);
    };
    const end = await runs.run({ loadId: 'undisturbed', onEvent });
    expect(end.result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  });
  afterAll(() => runs.close());

  test('in any of its states is torn down: neither topics nor groups nor transactions are left', async () => {
    expect(states.length).toBeGreaterThan(12);
    for (const [index, state] of states.entries()) {
      const abort = new AbortController();
      const { result } = await runs.run({
        loadId: `aborted-${index}`,
        signal: abort.signal,
        onEvent: (event) => {
          if (event.machine === 'initial-load' && event.state === state && event.what === 'entered') abort.abort();
        },
      });
      if (result) expect([state, result.tearDown]).toEqual([state, 'complete']);
      await expectOnBrokers(kafka, []);
      expect(await sourceSessions()).toEqual([]);
    }
  });

  test.each(['CreateTopics', 'InitProducerId', 'Produce', 'TxnOffsetCommit', 'EndTxn', 'ListOffsets', 'Fetch'])(
    'while the broker works on %s is torn down too',
    async (api) => {
      const abort = new AbortController();
      const { result } = await runs.run({
        loadId: `aborted-in-${api}`,
        signal: abort.signal,
        onFrame: (frame) => {
          if (frame.api === api && frame.what === 'request') abort.abort();
        },
      });
      expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
      await expectOnBrokers(kafka, []);
      expect(await sourceSessions()).toEqual([]);
    },
  );
});

describe('a replay that is aborted', () => {
  const topic = 'live.employees';
  let runs: TopicRuns;
  beforeAll(async () => {
    await kafka.admin.createTopics({ topics: [topic], partitions: 2, replicas: 1 });
    runs = await TopicRuns.open(kafka, source);
  });
  afterAll(async () => {
    await runs.close();
    await kafka.admin.deleteTopics({ topics: [topic] });
  });

  test.each(['AddPartitionsToTxn', 'Produce', 'Fetch', 'TxnOffsetCommit', 'EndTxn'])(
    'while the broker works on %s says that what is in the topic stays, and leaves nothing else',
    async (api) => {
      const abort = new AbortController();
      let chunks = 0;
      const { result } = await runs.run({
        loadId: `aborted-replay-in-${api}`,
        signal: abort.signal,
        request: {
          strategy: 'replay',
          acceptReplay: true,
          source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['hr.employees'] },
          topics: { brokers: 'env:BROKERS', tables: { 'hr.employees': topic } },
          kafka: { chunkRows: 200 },
          limits: { maxRecordsPerSecond: 100_000 },
        },
        onFrame: (frame) => {
          if (frame.api === api && frame.what === 'request' && (chunks += 1) === 3) abort.abort();
        },
        // The plan only looks how far the group is that others of these loads were awaited by.
        whenAwaited: async () => {},
      });
      expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
      expect(result!.tornDown).toEqual([
        {
          type: 'records in the live topic',
          id: topic,
          status: 'kept',
          detail: expect.stringContaining("can't be undone"),
        },
      ]);
      await expectOnBrokers(kafka, [`topic ${topic}`]);
      expect(await sourceSessions()).toEqual([]);
    },
  );
});

describe('a load into topics that is closed', () => {
  let proxy: KafkaProxy;
  let stage: LoadStage;
  let ahead = 0;
  beforeAll(async () => {
    proxy = await openKafkaProxy(kafka.server);
    const security = { kind: 'plaintext' as const };
    stage = await setLoadStage(source.address, source.address, { brokers: { brokers: [proxy.brokers], security } });
    stage.services.now = () => new Date(Date.now() + ahead);
  });
  afterAll(async () => {
    await proxy.close();
    await stage.remove();
  });

  const planned = (loadId: string, attempt = 1) =>
    plannedLoad(
      stage.services,
      requestOf(['hr.employees', 'hr.log'], {
        strategy: 'kafka-topic',
        target: null,
        topics: { brokers: 'env:BROKERS', tables: {} },
        kafka: { chunkRows: 300 },
      }),
      loadId,
      attempt,
    );

  /** Work stands still at the nth request of a kind while the load is closed. @returns how the work ended */
  async function closeDuring(load: Load, work: () => Promise<unknown>, api: string, nth: number): Promise<unknown> {
    const { pass, reached, release } = gate();
    let count = 0;
    proxy.judge = async (frame): Promise<Verdict> => {
      if (frame.what === 'request' && frame.api === api && (count += 1) === nth) await pass();
      return 'pass';
    };
    const end = work().catch((error: unknown) => error);
    await reached;
    await setStatus(load, 'closed');
    await closeTarget(load);
    release();
    return end;
  }

  test.each(['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn'])(
    'in the middle of a chunk, before %s, feeds nothing more, and says that it was closed',
    async (api) => {
      const load = await planned(`closed-in-${api.toLowerCase()}`);
      await provision(load);
      expect(await closeDuring(load, () => advanceAll(load), api, 3)).toBeInstanceOf(LoadClosedError);
      await tearDown(load, 'failed');
      await expectOnBrokers(kafka, []);
    },
  );

  test('while it is ended has no sentinels, and says that it was closed', async () => {
    const load = await planned('closed-at-end');
    await provision(load);
    await advanceAll(load);
    expect(await closeDuring(load, () => settleAndRestore(load), 'EndTxn', 1)).toBeInstanceOf(LoadClosedError);
    const topics = (await kafka.admin.listTopics()).sort();
    const marks = (await kafka.consumeAll(...topics)).map(({ headers }) => headers[0]![1]);
    expect(marks).toContain('closed-at-end row');
    expect(marks).not.toContain('closed-at-end end');
    await tearDown(load, 'failed');
    await expectOnBrokers(kafka, []);
  });

  test('while its topics are made leaves none, whoever comes last', async () => {
    const load = await planned('closed-while-made');
    const end = await closeDuring(load, () => prepareTarget(load), 'CreateTopics', 2);
    expect(end).toBeInstanceOf(LoadClosedError);
    await expectOnBrokers(kafka, []);
    expect((await cleanTarget(load, { outcome: 'failed' })).answer).toEqual({ status: 'done' });
  });

  test('while its topics are made by a step that is killed: they are looked for until none can come any more', async () => {
    const load = await planned('closed-while-killed');
    const { pass, reached } = gate();
    proxy.judge = async ({ what, api }): Promise<Verdict> => {
      if (what === 'request' && api === 'CreateTopics') await pass();
      return 'pass';
    };
    void prepareTarget(load).catch(() => undefined);
    await reached;
    proxy.judge = () => 'pass';
    await setStatus(load, 'closed');
    const clean = () => cleanTarget(load, { outcome: 'failed' });
    expect((await clean()).answer).toMatchObject({ status: 'working' });
    const topics = ['initial-load.test.hr.log.closed-while-killed'];
    await kafka.admin.createTopics({ topics, partitions: 1, replicas: 1 });
    ahead = 901_000;
    expect((await clean()).answer).toEqual({ status: 'done' });
    ahead = 0;
    await expectOnBrokers(kafka, []);
  });

  test('is not while a later attempt has it: whoever comes late with its topics leaves them to that', async () => {
    const load = await planned('late');
    const { pass, reached, release } = gate();
    let count = 0;
    proxy.judge = async ({ what, api }): Promise<Verdict> => {
      if (what === 'request' && api === 'CreateTopics' && (count += 1) === 1) await pass();
      return 'pass';
    };
    const late = prepareTarget(load).catch((error: unknown) => error);
    await reached;
    const next = await planned('late', 2);
    await provision(next);
    await advanceAll(next);
    release();
    expect(await late).toBeInstanceOf(SupersededError);
    await settleAndRestore(next);
    expect(await verify(next)).toBe(true);
    await tearDown(next, 'succeeded');
    await expectOnBrokers(kafka, []);
  });
});
