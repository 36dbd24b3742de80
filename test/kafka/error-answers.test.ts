import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { asAnswerTo, withError, type ErrorId } from '../support/kafka-errors.ts';
import type { Frame, Verdict } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers, listOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(300_000);

/** `after`: the broker has done what it was asked for, or has told what is so; `instead`: it never heard of it. */
interface Fault {
  api: string;
  error: ErrorId;
  when: 'instead' | 'after';
}

const COORDINATOR: ErrorId[] = ['NOT_COORDINATOR', 'COORDINATOR_LOAD_IN_PROGRESS', 'COORDINATOR_NOT_AVAILABLE'];
const LEADER: ErrorId[] = ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_STORAGE_ERROR', 'UNKNOWN_TOPIC_OR_PARTITION'];
const CONTROLLER: ErrorId[] = ['NOT_CONTROLLER', 'REQUEST_TIMED_OUT', 'THROTTLING_QUOTA_EXCEEDED'];
const LOST_PRODUCER: ErrorId[] = ['UNKNOWN_PRODUCER_ID', 'OUT_OF_ORDER_SEQUENCE_NUMBER'];

/** What passes: errors that Kafka's documentation of the protocol calls retriable, or that a new producer doesn't meet. */
const PASSING: Fault[] = [
  ...faults('Metadata', 'after', ['LEADER_NOT_AVAILABLE']),
  ...faults('FindCoordinator', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('CreateTopics', 'instead', CONTROLLER),
  ...faults('CreateTopics', 'after', ['REQUEST_TIMED_OUT']),
  ...faults('DeleteTopics', 'instead', CONTROLLER),
  ...faults('DeleteTopics', 'after', ['REQUEST_TIMED_OUT']),
  ...faults('DescribeConfigs', 'after', ['REQUEST_TIMED_OUT']),
  ...faults('InitProducerId', 'instead', [...COORDINATOR, 'CONCURRENT_TRANSACTIONS']),
  ...faults('InitProducerId', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('AddPartitionsToTxn', 'instead', [...COORDINATOR, 'CONCURRENT_TRANSACTIONS']),
  ...faults('AddPartitionsToTxn', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('Produce', 'instead', [...LEADER, 'NOT_ENOUGH_REPLICAS', ...LOST_PRODUCER]),
  ...faults('Produce', 'after', ['REQUEST_TIMED_OUT', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND']),
  ...faults('AddOffsetsToTxn', 'instead', [...COORDINATOR, 'CONCURRENT_TRANSACTIONS']),
  ...faults('AddOffsetsToTxn', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('TxnOffsetCommit', 'instead', [...COORDINATOR, 'UNKNOWN_TOPIC_OR_PARTITION']),
  ...faults('TxnOffsetCommit', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('EndTxn', 'instead', [...COORDINATOR, 'CONCURRENT_TRANSACTIONS']),
  ...faults('EndTxn', 'after', ['COORDINATOR_NOT_AVAILABLE']),
  ...faults('OffsetFetch', 'after', [...COORDINATOR, 'UNSTABLE_OFFSET_COMMIT']),
  ...faults('ListOffsets', 'after', [...LEADER, 'OFFSET_NOT_AVAILABLE']),
  ...faults('Fetch', 'after', ['NOT_LEADER_OR_FOLLOWER', 'KAFKA_STORAGE_ERROR', 'UNKNOWN_TOPIC_ID']),
  ...faults('DeleteGroups', 'instead', COORDINATOR),
];

/** What doesn't pass: the load ends with the brokers' own word for it. */
const FINAL: Fault[] = [
  ...faults('FindCoordinator', 'after', ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED']),
  ...faults('CreateTopics', 'instead', ['POLICY_VIOLATION', 'TOPIC_AUTHORIZATION_FAILED', 'INVALID_CONFIG']),
  ...faults('DescribeConfigs', 'after', ['TOPIC_AUTHORIZATION_FAILED']),
  ...faults('InitProducerId', 'instead', [
    'INVALID_TRANSACTION_TIMEOUT',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
  ]),
  ...faults('AddPartitionsToTxn', 'instead', ['INVALID_TXN_STATE', 'TOPIC_AUTHORIZATION_FAILED']),
  ...faults('Produce', 'instead', ['MESSAGE_TOO_LARGE', 'INVALID_RECORD', 'TOPIC_AUTHORIZATION_FAILED']),
  ...faults('Produce', 'after', ['INVALID_TXN_STATE']),
  ...faults('AddOffsetsToTxn', 'instead', ['INVALID_TXN_STATE', 'GROUP_AUTHORIZATION_FAILED']),
  ...faults('TxnOffsetCommit', 'instead', ['OFFSET_METADATA_TOO_LARGE', 'GROUP_AUTHORIZATION_FAILED']),
  ...faults('EndTxn', 'instead', ['INVALID_TXN_STATE', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED']),
  ...faults('OffsetFetch', 'after', ['GROUP_AUTHORIZATION_FAILED']),
  ...faults('ListOffsets', 'after', ['TOPIC_AUTHORIZATION_FAILED']),
  ...faults('Fetch', 'after', ['TOPIC_AUTHORIZATION_FAILED']),
];

function faults(api: string, when: Fault['when'], errors: ErrorId[]): Fault[] {
  return errors.map((error) => ({ api, error, when }));
}

const databases = openTestDatabases();
let kafka: TestKafka;
let runs: TopicRuns;
/** The first answer to each kind of request: so a broker looks that was asked. */
const answers = new Map<string, Buffer>();
beforeAll(async () => {
  kafka = await openTestKafka();
  const source = await databases.createDatabase();
  await source.query(SOURCE);
  runs = await TopicRuns.open(kafka, source);
  const { result } = await runs.run({
    loadId: 'undisturbed',
    onFrame({ what, api, bytes }) {
      if (what === 'answer' && !answers.has(api)) answers.set(api, bytes);
    },
  });
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
});
afterAll(async () => {
  await runs.close();
  await kafka.close();
  await databases.dropAll();
});

/** Answers once with each of these errors, at the first request of its kind that there is. `left` are those to come. */
function answeringWith(faulty: Fault[]) {
  const left = new Set(faulty);
  const onFrame = (frame: Frame): Verdict => {
    const { what, api } = frame;
    const fault = [...left].find((one) => one.api === api && (one.when === 'instead') === (what === 'request'));
    const answer = fault && withError(what === 'request' ? answers.get(api)! : frame.bytes, api, fault.error);
    if (!fault || !answer) return 'pass';
    left.delete(fault);
    if (what === 'request') return { answer: asAnswerTo(frame.bytes, answer) };
    frame.bytes = answer;
    return 'pass';
  };
  return { left, onFrame };
}

test('an error that passes, instead of what was asked for or after it was done, ends no load and doubles no row', async () => {
  const problems: string[] = [];
  for (const [round, faulty] of rounds(PASSING).entries()) {
    const { left, onFrame } = answeringWith(faulty);
    const loadId = `passing-${round}`;
    let read: string | undefined;
    const { result, failure } = await runs.run({
      loadId,
      onFrame,
      whenAwaited: async () => {
        read ??= (await runs.problemOfRows(loadId)) ?? 'nothing';
        await runs.commitBeyondSentinels(loadId);
      },
    });
    const end = [result?.status, result?.tearDown, failure?.cause, read].join(', ');
    if (end !== 'SUCCEEDED, complete, , nothing') problems.push(`${loadId}: ${end}: ${JSON.stringify(faulty)}`);
    for (const fault of left) problems.push(`never happened: ${JSON.stringify(fault)}`);
    await expectOnBrokers(kafka, []);
  }
  expect(problems).toEqual([]);
  await tellOf(PASSING, 'pass');
});

test('an error that does not pass fails the load in the brokers’ own words, and leaves nothing', async () => {
  const problems: string[] = [];
  for (const [index, fault] of FINAL.entries()) {
    const { left, onFrame } = answeringWith([fault]);
    const { result, failure } = await runs.run({ loadId: `final-${index}`, onFrame });
    const isTold = failure?.cause.includes(fault.error) === true;
    const end = [result?.status, result?.tearDown, left.size === 0 ? 'happened' : 'never'].join(', ');
    if (!isTold || end !== 'FAILED, complete, happened')
      problems.push(`${end}, ${failure?.error}: ${failure?.cause}: ${JSON.stringify(fault)}`);
    await expectOnBrokers(kafka, []);
  }
  expect(problems).toEqual([]);
  await tellOf(FINAL, 'do not pass');
});

/** One of each kind of request at a time: a load withstands many, if they are not all in one step. */
function rounds(all: Fault[]): Fault[][] {
  const made: Fault[][] = [];
  for (const fault of all) {
    const free = made.find((round) => round.every(({ api }) => api !== fault.api));
    if (free) free.push(fault);
    else made.push([fault]);
  }
  return made;
}

async function tellOf(all: Fault[], what: string): Promise<void> {
  console.log(`${all.length} faults injected that ${what}, ${(await listOnBrokers(kafka)).length} topics left`);
}
