import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { endProblem, sweepUntilOver, tearDownProblem, tellAll, tellingProblem } from '../support/fault-ends.ts';
import { KINDS, tellStories } from '../support/fault-stories.ts';
import { openGlueLoads, type GlueLoads } from '../support/glue-loads.ts';
import { glueStandIns, stopGlueStandIns } from '../support/glue-stage.ts';
import { glueTelling, tellPassing, type GlueStory, type PassingStory } from '../support/glue-stories.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { RUN_STORIES, tellOfObjects, type ObjectStory, type RunStory } from '../support/run-stories.ts';

const AT_ONCE = 8;
const MINUTES = 60_000;

const databases = openTestDatabases();
let loads: GlueLoads;
let left = 0;

beforeAll(async () => {
  loads = await openGlueLoads(databases, { atOnce: AT_ONCE });
});
afterAll(async () => {
  await loads.close();
  await stopGlueStandIns();
  await databases.dropAll();
});

type Result = LoadResult | undefined;

describe.each([
  ['with a connection into a VPC', 'network', true],
  ['without one', 'plain', false],
])('a load %s', (_mode, name, usesNetwork) => {
  beforeAll(() => loads.useNetwork(usesNetwork));

  test(
    'survives each of its calls being throttled or lost, says so where one is denied or finds its resource gone, and leaves nothing',
    async () => {
      const { glue: service } = await glueStandIns();
      const before = service.requests.length;
      expect(await loads.run(name)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
      const calls = service.requests.slice(before);

      const told = service.faults.injected.length;
      const stories = tellStories(name, calls, loads.nameOf(name), glueTelling);
      expect(stories.filter(({ alone }) => alone)).toEqual([]);
      // What a client tries again for long takes long: such stories are told together.
      const patient = stories.toSorted((one, other) => (one.times ?? 1) - (other.times ?? 1));
      expect(await tellAll(patient, AT_ONCE, live, problemOf)).toEqual([]);

      const happened = service.faults.injected
        .slice(told)
        .map(({ operation, kind }) => `${operation} ${kind as string}`);
      const operations = new Set([...calls.map(({ operation }) => operation), 'BatchStopJobRun']);
      const wanted = [...operations].flatMap((operation) => KINDS.map((kind) => `${operation} ${kind}`));
      expect(wanted.filter((each) => !happened.includes(each))).toEqual([]);
    },
    10 * MINUTES,
  );

  test(
    'waits where Glue says that it has no room now, or that it failed inside, and succeeds',
    async () => {
      const stories = tellPassing(name);
      const problems = await tellAll(stories, AT_ONCE, live, async (story: PassingStory, result: Result, target) => {
        if (result?.status !== 'SUCCEEDED') return `ended ${JSON.stringify(result?.failure)}`;
        return (await endingProblem(story.loadId, result, target)) ?? undefined;
      });
      expect(problems).toEqual([]);
    },
    10 * MINUTES,
  );
});

test(
  'however the run ends, and whatever its job reports, the load ends with the truth of it',
  async () => {
    loads.useNetwork(true);
    const { glue: service } = await glueStandIns();
    const stories = RUN_STORIES.map((story, index) => ({ loadId: `run-${index + 1}`, ...story }));
    const follow = async ({ loadId, run, misreport }: RunStory & { loadId: string }, target: number) => {
      if (run) service.nextRun({ ...run, about: loads.nameOf(loadId) });
      if (misreport) loads.misreports.set(loadId, misreport);
      // Less than the hours in which a job says nothing and is given up.
      return loads.run(loadId, run?.neverEnds ? { glue: { timeoutMinutes: 10 } } : {}, target);
    };
    const problems = await tellAll(stories, AT_ONCE, follow, async ({ loadId, says }, result, target) => {
      const problem = await endingProblem(loadId, result, target);
      if (problem !== undefined || result === undefined) return problem;
      const { status, failure } = result;
      const isTrue = says ? status === 'FAILED' && says.test(failure?.cause ?? '') : status === 'SUCCEEDED';
      return isTrue ? undefined : `ended ${status}: ${failure?.cause}`;
    });
    expect(problems).toEqual([]);
    console.log(`${stories.length} ends of runs`);
  },
  10 * MINUTES,
);

test(
  'objects that are throttled, lost or denied in S3 end no load that they need not, and none is left',
  async () => {
    const { s3 } = await glueStandIns();
    loads.useS3(true);
    const stories = tellOfObjects('s3').toSorted((one, other) => one.times - other.times);
    const follow = async ({ loadId, fault, times }: ObjectStory, target: number) => {
      for (let time = 1; time <= times; time += 1) s3.failNext(fault);
      return loads.run(loadId, {}, target);
    };
    const problems = await tellAll(stories, AT_ONCE, follow, async ({ loadId, isDenial, fault }, result, target) => {
      const problem = await endingProblem(loadId, result, target);
      if (problem !== undefined || result === undefined) return problem;
      if (!s3.injected.some(({ url }) => url === fault.url)) return 'never happened';
      const { status, failure } = result;
      if (status === 'SUCCEEDED') return undefined;
      return isDenial && /AccessDenied/.test(failure?.cause ?? '') ? undefined : `failed: ${failure?.cause}`;
    });
    expect(problems).toEqual([]);
    console.log(`${s3.injected.length} faults of objects injected`);
  },
  10 * MINUTES,
);

test('at least 300 faults were injected, and no resource is left', async () => {
  const { glue: service, s3 } = await glueStandIns();
  const still = await loads.left();
  const count = service.faults.injected.length + s3.injected.length;
  console.log(`${count} faults injected, ${left + still.length} resources left`);
  expect(service.faults.injected.length).toBeGreaterThanOrEqual(300);
  expect(left).toBe(0);
  expect(still).toEqual([]);
});

/** The load from begin to end, with its fault. */
async function live({ loadId, detour, ...story }: GlueStory | (PassingStory & { detour?: undefined }), target: number) {
  const { glue: service } = await glueStandIns();
  const about = loads.nameOf(loadId);
  const { operation, kind, times } = story;
  const nth = 'nth' in story && story.nth !== undefined ? { nth: story.nth } : {};
  const fault = { operation, kind, ...nth, ...(times !== undefined && { times }) };
  const forgets = [fault, ...(detour?.fault ? [detour.fault] : [])].map((one) =>
    service.faults.next({ ...one, about }),
  );
  if (detour?.run) service.nextRun({ ...detour.run, about });
  const result = await loads.run(loadId, {}, target);
  for (const forget of forgets) forget();
  return result;
}

/** @returns what is wrong with how the load ended; undefined when nothing is */
async function problemOf(story: GlueStory, result: Result, target: number): Promise<string | undefined> {
  const { loadId, operation } = story;
  const atFirst = await loads.left(loadId);
  const problem = await endingProblem(loadId, result, target);
  if (problem !== undefined || result === undefined) return problem;
  const isGone = (cause: string) =>
    /EntityNotFoundException|is gone/.test(cause) && [loads.nameOf(loadId), operation].some((it) => cause.includes(it));
  return endProblem(result, story, isGone) ?? tearDownProblem(result, atFirst, story);
}

/** What is left in the end, of whatever kind, and whether anybody was told the wrong thing. */
async function endingProblem(loadId: string, result: Result, target: number): Promise<string | undefined> {
  const { still, isOver } = await sweepUntilOver(loads, loadId);
  const all = [...still, ...(await loads.leftBesides(loadId, target))];
  left += all.length;
  if (all.length > 0) return `left ${all.join(', ')}`;
  if (result === undefined) return 'left no result';
  if (!isOver) return `goes on being torn down: ${JSON.stringify(await loads.resultOf(loadId))}`;
  return tellingProblem(loads, result);
}
