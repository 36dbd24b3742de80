import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { createUsers, grant, WITH_USERS, type Right } from '../support/kafka-users.ts';
import { expectOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';
import { PARTITIONS, SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(180_000);

const PASSWORD = 'hunter2-Schlüssel,=';
const LIVE = 'live.employees';

/** What docs/strategies/kafka.md says that a load needs, and how one ends that may do all of it but this. */
const RIGHTS: [right: Right, ends: 'refused' | 'FAILED' | 'incomplete', says: RegExp][] = [
  [topics('CREATE'), 'FAILED', /Making topics is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [topics('DELETE'), 'incomplete', /Removing topics is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [topics('DESCRIBE_CONFIGS'), 'FAILED', /Reading settings of topics is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [topics('READ'), 'FAILED', /is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [topics('WRITE'), 'FAILED', /Feeding topics is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [
    { on: 'TRANSACTIONAL_ID', name: 'il-*', may: 'WRITE' },
    'FAILED',
    /Feeding topics is not allowed: TRANSACTIONAL_ID_AUTHORIZATION_FAILED/,
  ],
  [{ on: 'GROUP', name: 'il-*', may: 'READ' }, 'FAILED', /Feeding topics is not allowed: GROUP_AUTHORIZATION_FAILED/],
  [
    { on: 'GROUP', name: 'il-*', may: 'DELETE' },
    'incomplete',
    /Removing checkpoints is not allowed: GROUP_AUTHORIZATION_FAILED/,
  ],
  [{ on: 'TOPIC', name: LIVE, may: 'DESCRIBE' }, 'refused', /no such topic, or this user may not describe it/],
  [
    { on: 'GROUP', name: 'mailer', may: 'DESCRIBE' },
    'FAILED',
    /what the group mailer has read is not allowed: GROUP_AUTHORIZATION_FAILED/,
  ],
];

/** What docs/strategies/replay.md says. */
const REPLAY_RIGHTS: typeof RIGHTS = [
  [{ on: 'TOPIC', name: LIVE, may: 'READ' }, 'FAILED', /is not allowed: TOPIC_AUTHORIZATION_FAILED/],
  [
    { on: 'TOPIC', name: LIVE, may: 'WRITE' },
    'FAILED',
    /Replaying into live topics is not allowed: TOPIC_AUTHORIZATION_FAILED/,
  ],
  [
    { on: 'TOPIC', name: LIVE, may: 'DESCRIBE_CONFIGS' },
    'FAILED',
    /Replaying into live topics is not allowed: TOPIC_AUTHORIZATION_FAILED/,
  ],
  [
    { on: 'TRANSACTIONAL_ID', name: 'il-*', may: 'WRITE' },
    'FAILED',
    /Replaying into live topics is not allowed: TRANSACTIONAL_ID_AUTHORIZATION_FAILED/,
  ],
  [
    { on: 'GROUP', name: 'il-*', may: 'READ' },
    'FAILED',
    /Replaying into live topics is not allowed: GROUP_AUTHORIZATION_FAILED/,
  ],
  [
    { on: 'GROUP', name: 'il-*', may: 'DELETE' },
    'incomplete',
    /Removing checkpoints is not allowed: GROUP_AUTHORIZATION_FAILED/,
  ],
];

function topics(may: Right['may']): Right {
  return { on: 'TOPIC', name: 'initial-load.test.*', may };
}
const all = RIGHTS.map(([right]) => right);
const allOfReplay = REPLAY_RIGHTS.map(([right]) => right);
const cases = RIGHTS.map((each, index) => caseOf(each, `without-${index}`));
const replays = REPLAY_RIGHTS.map((each, index) => caseOf(each, `replay-without-${index}`));

function caseOf([right, ends, says]: (typeof RIGHTS)[number], user: string) {
  return { what: `${right.may} on ${right.on} ${right.name}`, user, right, ends, says };
}

const databases = openTestDatabases();
let kafka: TestKafka;
let source: TestDatabase;
let runs: TopicRuns;
beforeAll(async () => {
  kafka = await openTestKafka({ settings: WITH_USERS });
  const users = [
    'granted',
    'reader',
    'reading',
    'replayer',
    'nobody',
    ...[...cases, ...replays].map(({ user }) => user),
  ];
  await createUsers(kafka.admin, Object.fromEntries(users.map((user) => [user, PASSWORD])));
  await grant(kafka.admin, 'granted', all);
  await grant(kafka.admin, 'reader', [...all, { on: 'TOPIC', name: LIVE, may: 'READ' }]);
  await grant(kafka.admin, 'reading', [...all, { on: 'TOPIC', name: LIVE, may: 'DESCRIBE_CONFIGS' }]);
  await grant(kafka.admin, 'replayer', allOfReplay);
  for (const [rights, those] of [
    [all, cases],
    [allOfReplay, replays],
  ] as const) {
    for (const { user, right } of those) {
      const others = rights.filter((other) => other !== right);
      await grant(kafka.admin, user, others);
    }
  }
  await kafka.admin.createTopics({ topics: [LIVE], partitions: PARTITIONS, replicas: 1 });
  source = await databases.createDatabase();
  await source.query(SOURCE);
  runs = await TopicRuns.open(kafka, source);
});
afterAll(async () => {
  await runs.close();
  await kafka.close();
  await databases.dropAll();
});

function runAs(username: string, loadId: string, password = PASSWORD, request: Record<string, unknown> = {}) {
  const security = { kind: 'scram', mechanism: 'SCRAM-SHA-512', username, password, tls: false } as const;
  return runs.run({
    loadId,
    request: {
      topics: { brokers: 'env:BROKERS', tables: { 'hr.employees': LIVE }, consumerGroup: 'mailer' },
      ...request,
    },
    services: { resolveBrokers: async () => ({ brokers: [runs.brokers], security }) },
  });
}

test('with the rights that the documentation names a load succeeds, and leaves nothing', async () => {
  const { result } = await runAs('granted', 'granted');
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  expect(retentionOf(result)).toMatchObject({ certainty: 'unknown', note: expect.stringMatching(/may not be read/) });
  await expectOnBrokers(kafka, [`topic ${LIVE}`]);
});

test('who may also read the settings of live topics is told that they outlast the load', async () => {
  const { result } = await runAs('reading', 'reading');
  expect(retentionOf(result)).toMatchObject({ certainty: 'checked' });
});

function retentionOf(result: LoadResult | undefined) {
  return result?.stitchPoint?.conditions.find(({ condition }) => condition === 'retention-outlasts');
}

describe('each of them is needed, and the load says which is missing:', () => {
  test.each(cases)('$what', async ({ user, ends, says }) => {
    const { result, failure } = await runAs(user, user);
    const problems = (result?.tornDown ?? []).filter(({ status }) => status === 'failed').map(({ detail }) => detail);
    expect([failure?.cause, ...problems].join('\n')).toMatch(says);
    if (ends === 'refused') expect(failure?.error).toBe('RequestError');
    else if (ends === 'incomplete') expect(result).toMatchObject({ tearDown: 'incomplete' });
    else expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
    if (ends === 'incomplete') await removeLeft(user);
    await expectOnBrokers(kafka, [`topic ${LIVE}`]);
  });
});

describe('a replay', () => {
  const replay = {
    strategy: 'replay',
    acceptReplay: true,
    source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['hr.employees'] },
    limits: { maxRecordsPerSecond: 100_000 },
    kafka: {},
  };

  test('succeeds with the rights that the documentation names', async () => {
    const { result } = await runAs('replayer', 'replayer', PASSWORD, replay);
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    await expectOnBrokers(kafka, [`topic ${LIVE}`]);
  });

  test.each(replays)('needs $what, and says that it is missing', async ({ user, ends, says }) => {
    const { result, failure } = await runAs(user, user, PASSWORD, replay);
    const problems = (result?.tornDown ?? []).filter(({ status }) => status === 'failed').map(({ detail }) => detail);
    expect([failure?.cause, ...problems].join('\n')).toMatch(says);
    if (ends === 'incomplete') expect(result).toMatchObject({ tearDown: 'incomplete' });
    else expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete' });
    if (ends === 'incomplete') await removeLeft(user);
    await expectOnBrokers(kafka, [`topic ${LIVE}`]);
  });
});

test('whoever may read the live topic is told how its records are written; whoever may not writes plain ones', async () => {
  await kafka.produce(LIVE, '{"id":1,"name":"Łukasz"}');
  const { failure } = await runAs('reader', 'reader');
  expect(failure).toMatchObject({ error: 'RequestError' });
  expect(failure?.cause).toContain(
    `the live topic ${LIVE} is not written in a way that is known here: its records have no key`,
  );
  expect((await runAs('granted', 'not-a-reader')).result).toMatchObject({ status: 'SUCCEEDED' });
});

/** By somebody who may, what a load was not allowed to. */
async function removeLeft(loadId: string): Promise<void> {
  const left = (await kafka.admin.listTopics()).filter((topic) => topic.endsWith(loadId));
  if (left.length > 0) await kafka.admin.deleteTopics({ topics: left });
  const groups = [...(await kafka.admin.listGroups()).keys()].filter((group) => group.startsWith('il-'));
  if (groups.length > 0) await kafka.admin.deleteGroups({ groups });
}

describe('a request is refused whose login', () => {
  test.each([
    ['has another password', 'granted', 'hunter2-wrong'],
    ['is nobody’s', 'nobody-knows-hunter2', PASSWORD],
  ])('%s, and says neither user nor password', async (_what, username, password) => {
    const { failure, result } = await runAs(username, 'no-login', password);
    expect([failure?.error, result]).toEqual(['RequestError', undefined]);
    expect(failure?.cause).toMatch(/topics\.brokers \("env:BROKERS"\).*the brokers did not accept the login/);
    expect(JSON.stringify(failure)).not.toMatch(/hunter2|granted/);
  });

  test('may do nothing', async () => {
    const { failure } = await runAs('nobody', 'no-rights');
    expect(failure).toMatchObject({ error: 'RequestError' });
  });
});
