import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Frame } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers, listOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { ROWS, SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(300_000);

/** On these it depends which rows are there: what Kafka's own consumer reads is looked at. */
const DECISIVE = ['Produce', 'TxnOffsetCommit', 'EndTxn'];

/** The first ones of these are asked when a load is planned. */
const PLANNING = ['Metadata', 'ListOffsets', 'ListGroups', 'Fetch', 'FindCoordinator', 'OffsetFetch'];

interface Story {
  what: Frame['what'];
  api: string;
  nth: number;
}

const databases = openTestDatabases();
let kafka: TestKafka;
let runs: TopicRuns;
beforeAll(async () => {
  kafka = await openTestKafka();
  const source = await databases.createDatabase();
  await source.query(SOURCE);
  runs = await TopicRuns.open(kafka, source);
});
afterAll(async () => {
  await runs.close();
  await kafka.close();
  await databases.dropAll();
});

/** What is loaded how. */
interface Kind {
  name: string;
  request?: (topic: string) => Record<string, unknown>;
  /** What is wrong with the rows that Kafka's own consumer reads. */
  problemOfRows: (loadId: string) => Promise<string | undefined>;
}

const KINDS: Kind[] = [
  { name: 'a load into topics of its own', problemOfRows: (loadId) => runs.problemOfRows(loadId) },
  {
    name: 'a replay',
    request: (topic) => ({
      strategy: 'replay',
      acceptReplay: true,
      source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['hr.employees'] },
      topics: { brokers: 'env:BROKERS', tables: { 'hr.employees': topic } },
      limits: { maxRecordsPerSecond: 1_000_000 },
      kafka: { chunkRows: 400 },
    }),
    problemOfRows: problemOfReplay,
  },
];

test.each(KINDS)(
  'a connection that is cut before a request, or before its answer, of whatever kind, does not end $name and doubles no row',
  async (kind) => {
    const stories = await tellStories(kind);
    const problems: string[] = [];
    for (const [index, story] of stories.entries()) {
      const problem = await live(`fault-${index}`, story, kind).catch((error: unknown) => String(error));
      if (problem !== undefined) problems.push(`${JSON.stringify(story)}: ${problem}`);
    }
    expect(problems).toEqual([]);
    console.log(`${kind.name}: ${stories.length} faults injected, ${(await listOnBrokers(kafka)).length} topics left`);
    expect(stories.length).toBeGreaterThanOrEqual(25);
  },
);

/** Of a replay nobody is waited for: the plan only looks how far other groups are. */
async function nobody(): Promise<void> {}

function liveTopicOf(loadId: string): string {
  return `live.${loadId}`;
}

/** The live topic is there for the time of a load: it is nobody's but the test's. */
async function besideLiveTopic<T>(loadId: string, work: () => Promise<T>): Promise<T> {
  const topics = [liveTopicOf(loadId)];
  await kafka.admin.createTopics({ topics, partitions: 2, replicas: 1 });
  return work().finally(() => kafka.admin.deleteTopics({ topics }));
}

async function problemOfReplay(loadId: string): Promise<string | undefined> {
  const messages = await kafka.consumeAll(liveTopicOf(loadId));
  const keys = messages.filter(({ headers }) => headers[0]?.[1] === `${loadId} row`).map(({ key }) => key);
  const [all, different] = [keys.length, new Set(keys).size];
  return all === ROWS && different === ROWS ? undefined : `${all} rows, of which ${different} are different`;
}

/** The first request of each kind that a load makes to which nothing happens, one in its middle that decides, and the answers. */
async function tellStories({ name, request }: Kind): Promise<Story[]> {
  const counts = new Map<string, number>();
  const onFrame = ({ what, api }: Frame) => {
    if (what === 'request') counts.set(api, (counts.get(api) ?? 0) + 1);
  };
  const loadId = `undisturbed-${KINDS.findIndex((kind) => kind.name === name)}`;
  const { result } = await besideLiveTopic(loadId, () =>
    runs.run({ loadId, onFrame, ...(request && { request: request(liveTopicOf(loadId)), whenAwaited: nobody }) }),
  );
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  return [...counts].flatMap(([api, count]) =>
    (DECISIVE.includes(api) ? [1, Math.ceil(count / 2)] : [1]).flatMap((nth) =>
      (['request', 'answer'] as const).map((what) => ({ what, api, nth })),
    ),
  );
}

/** @returns what is wrong with how the load ended; undefined when nothing is */
async function live(
  number: string,
  { what, api, nth }: Story,
  { name, request, problemOfRows }: Kind,
): Promise<string | undefined> {
  const loadId = `${number}-${KINDS.findIndex((kind) => kind.name === name)}`;
  let count = 0;
  // The load asks for each topic, and again: read is what is there when it asks first.
  let problem: Promise<string | undefined> | undefined;
  const { ended, left } = await besideLiveTopic(loadId, async () => {
    const end = await runs.run({
      loadId,
      onFrame: (frame) => (frame.what === what && frame.api === api && (count += 1) === nth ? 'cut' : undefined),
      whenAwaited: async () => {
        if (DECISIVE.includes(api)) await (problem ??= problemOfRows(loadId));
        await runs.commitBeyondSentinels(loadId);
      },
      ...(request && { request: request(liveTopicOf(loadId)), whenAwaited: nobody }),
    });
    if (request && DECISIVE.includes(api)) problem = problemOfRows(loadId);
    return { ended: end, left: await problem };
  });
  const { result, failure } = ended;
  if (count < nth) return 'it never happened';
  // What is out of reach when a load is planned is a wrong request.
  if (failure?.error === 'RequestError' && result === undefined)
    return PLANNING.includes(api) ? undefined : failure.cause;
  if (result?.status !== 'SUCCEEDED') return `it failed: ${failure?.cause}`;
  if (result.tearDown !== 'complete') return `torn down: ${JSON.stringify(result.tornDown)}`;
  await expectOnBrokers(kafka, []);
  return left;
}
