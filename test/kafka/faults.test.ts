import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Frame } from '../support/kafka-proxy.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { expectOnBrokers, listOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { SOURCE, TopicRuns } from '../support/topic-runs.ts';

jest.setTimeout(300_000);

/** On these it depends which rows are there: what Kafka's own consumer reads is looked at. */
const DECISIVE = ['Produce', 'TxnOffsetCommit', 'EndTxn'];

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

test('a connection that is cut before a request, or before its answer, of whatever kind, ends no load and doubles no row', async () => {
  const stories = await tellStories();
  const problems: string[] = [];
  for (const [index, story] of stories.entries()) {
    const problem = await live(`fault-${index}`, story).catch((error: unknown) => String(error));
    if (problem !== undefined) problems.push(`${JSON.stringify(story)}: ${problem}`);
  }
  expect(problems).toEqual([]);
  console.log(`${stories.length} faults injected, ${(await listOnBrokers(kafka)).length} topics left`);
  expect(stories.length).toBeGreaterThanOrEqual(30);
});

/** The first request of each kind that a load makes to which nothing happens, one in its middle that decides, and the answers. */
async function tellStories(): Promise<Story[]> {
  const counts = new Map<string, number>();
  const onFrame = ({ what, api }: Frame) => {
    if (what === 'request') counts.set(api, (counts.get(api) ?? 0) + 1);
  };
  const { result } = await runs.run({ loadId: 'undisturbed', onFrame });
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  return [...counts].flatMap(([api, count]) =>
    (DECISIVE.includes(api) ? [1, Math.ceil(count / 2)] : [1]).flatMap((nth) =>
      (['request', 'answer'] as const).map((what) => ({ what, api, nth })),
    ),
  );
}

/** @returns what is wrong with how the load ended; undefined when nothing is */
async function live(loadId: string, { what, api, nth }: Story): Promise<string | undefined> {
  let count = 0;
  // The load asks for each topic, and again: read is what is there when it asks first.
  let problem: Promise<string | undefined> | undefined;
  const { result, failure } = await runs.run({
    loadId,
    onFrame: (frame) => (frame.what === what && frame.api === api && (count += 1) === nth ? 'cut' : undefined),
    whenAwaited: async () => {
      if (DECISIVE.includes(api)) await (problem ??= runs.problemOfRows(loadId));
      await runs.commitBeyondSentinels(loadId);
    },
  });
  if (count < nth) return 'it never happened';
  // What is out of reach when a load is planned is a wrong request.
  if (failure?.error === 'RequestError' && result === undefined) return api === 'Metadata' ? undefined : failure.cause;
  if (result?.status !== 'SUCCEEDED') return `it failed: ${failure?.cause}`;
  if (result.tearDown !== 'complete') return `torn down: ${JSON.stringify(result.tornDown)}`;
  await expectOnBrokers(kafka, []);
  return problem;
}
