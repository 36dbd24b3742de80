import {
  CreateReplicationInstanceCommand,
  DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { openDmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns } from '../support/dms-stage.ts';
import { dmsTelling, type DmsStory } from '../support/dms-stories.ts';
import { endProblem, sweepUntilOver, tearDownProblem, tellAll, tellingProblem } from '../support/fault-ends.ts';
import { KINDS, tellStories } from '../support/fault-stories.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { WholeLoads } from '../support/whole-loads.ts';

const AT_ONCE = 4;
const MINUTES = 60_000;
/** Of replication instances that a request names: somebody else's, and never torn down. */
const GIVEN = 'given-';

type Mode = 'a temporary instance' | 'a given instance' | 'serverless';
const MODES: Mode[] = ['a temporary instance', 'a given instance', 'serverless'];

const databases = openTestDatabases();
let loads: WholeLoads;
let client: DatabaseMigrationServiceClient;
let left = 0;

beforeAll(async () => {
  loads = await openDmsLoads(databases, { atOnce: AT_ONCE });
  client = new DatabaseMigrationServiceClient({});
});
afterAll(async () => {
  client.destroy();
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

describe.each(MODES)('a load on %s', (mode) => {
  test(
    'survives each of its calls being throttled or lost, says so where one is denied or finds its resource gone, and leaves nothing',
    async () => {
      const { dms: service } = await awsStandIns();
      const name = mode.replaceAll(' ', '-');
      const given = await giveInstance(mode, name);
      const before = service.requests.length;
      expect(await run(name, mode, given)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
      const calls = service.requests.slice(before);

      const stories = tellStories(name, calls, loads.nameOf(name), dmsTelling);
      const told = service.faults.injected.length;
      const tell = (queue: DmsStory[], atOnce: number) =>
        tellAll(queue, atOnce, (story, target) => live(story, mode, target), problemOf);
      const together = stories.filter(({ alone }) => !alone);
      const alone = stories.filter((story) => story.alone);
      const problems = [...(await tell(together, AT_ONCE)), ...(await tell(alone, 1))];
      expect(problems).toEqual([]);

      const happened = service.faults.injected
        .slice(told)
        .map(({ operation, kind }) => `${operation} ${kind as string}`);
      const operations = new Set(calls.map(({ operation }) => operation));
      const wanted = [...operations].flatMap((operation) => KINDS.map((kind) => `${operation} ${kind}`));
      expect(wanted.filter((each) => !happened.includes(each))).toEqual([]);
    },
    10 * MINUTES,
  );
});

test('at least 300 faults were injected, and no resource is left', async () => {
  const { dms: service } = await awsStandIns();
  const still = (await loads.left()).filter((each) => !each.includes(` ${GIVEN}`));
  console.log(`${service.faults.injected.length} faults injected, ${left + still.length} resources left`);
  expect(service.faults.injected.length).toBeGreaterThanOrEqual(300);
  expect(left).toBe(0);
  expect(still).toEqual([]);
});

function run(loadId: string, mode: Mode, given: string | undefined, target = 0): Promise<LoadResult | undefined> {
  const dms = {
    'a temporary instance': { assessment: true },
    'a given instance': { replicationInstanceArn: given },
    serverless: { mode: 'serverless' },
  }[mode];
  return loads.run(loadId, { dms }, target);
}

/** For each load an instance of its own, since a fault may remove it; its name has the load's in it. @returns its ARN */
async function giveInstance(mode: Mode, loadId: string): Promise<string | undefined> {
  if (mode !== 'a given instance') return undefined;
  const name = `${GIVEN}${loads.nameOf(loadId)}x`;
  const command = new CreateReplicationInstanceCommand({
    ReplicationInstanceIdentifier: name,
    ResourceIdentifier: name,
    ReplicationInstanceClass: 'dms.t3.medium',
  });
  return (await client.send(command)).ReplicationInstance?.ReplicationInstanceArn;
}

interface End {
  given: string | undefined;
  result: LoadResult | undefined;
}

/** The load from begin to end, with its fault. */
async function live({ loadId, alone, detour, ...fault }: DmsStory, mode: Mode, target: number): Promise<End> {
  const { dms: service } = await awsStandIns();
  const given = await giveInstance(mode, loadId);
  const about = alone ? {} : { about: loads.nameOf(loadId) };
  const scripted = [fault, ...(detour?.fault ? [detour.fault] : [])].map((one) =>
    service.faults.next({ ...one, ...about }),
  );
  if (detour?.run === 'stalls') service.dataFaults.runStalls();
  else if (detour?.run) service.dataFaults.runEnds(detour.run);
  const result = await run(loadId, mode, given, target);
  for (const forget of scripted) forget();
  return { given, result };
}

/** @returns what is wrong with how the load ended; undefined when nothing is */
async function problemOf(story: DmsStory, { given, result }: End): Promise<string | undefined> {
  const { dms: service } = await awsStandIns();
  const { loadId, kind } = story;
  const { atFirst, still, isOver } = await sweepUntilOver(loads, loadId);
  left += still.length;
  const isThere = service.resources().some(({ arn }) => arn === given);
  if (given !== undefined && !isThere && kind !== 'vanished') return 'removed the instance that was given';
  if (still.length > 0) return `left ${still.join(', ')}`;
  if (result === undefined) return 'left no result';
  if (!isOver) return `goes on being torn down: ${JSON.stringify(await loads.resultOf(loadId))}`;
  const isGone = (cause: string) =>
    /ResourceNotFoundFault|is deleted|is gone|is deleting/.test(cause) && cause.includes(loads.nameOf(loadId));
  return endProblem(result, story, isGone) ?? tellingProblem(loads, result) ?? tearDownProblem(result, atFirst, story);
}
