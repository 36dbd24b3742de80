import {
  CreateReplicationInstanceCommand,
  DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LoadResult } from '../../src/model.ts';
import { openDmsLoads, type DmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns } from '../support/dms-stage.ts';
import { KINDS, PASSING, tellStories, type Story } from '../support/fault-stories.ts';
import { openTestDatabases } from '../support/postgres.ts';

const AT_ONCE = 4;
const MINUTES = 60_000;
/** The clock comes by once an hour. */
const MOST_SWEEPS = 6;
/** The clock runs so fast that the patience of a client that tries again looks like a load that stalls. */
const stalledMinutes = 100_000;
/** Of replication instances that a request names: somebody else's, and never torn down. */
const GIVEN = 'given-';

type Mode = 'a temporary instance' | 'a given instance' | 'serverless';
const MODES: Mode[] = ['a temporary instance', 'a given instance', 'serverless'];

const databases = openTestDatabases();
let loads: DmsLoads;
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

      const stories = tellStories(name, calls, loads.nameOf(name));
      const told = service.faults.injected.length;
      const problems: string[] = [];
      const tell = async (queue: Story[], atOnce: number) => {
        for (let first = 0; first < queue.length; first += atOnce) {
          const batch = queue.slice(first, first + atOnce);
          const ends = await Promise.all(batch.map((story, target) => live(story, mode, target)));
          // While no load runs: the sweep looks at all of them, and would meet the faults of another one.
          for (const [index, end] of ends.entries()) {
            const found = await problemOf(batch[index]!, end).catch((error: unknown) => String(error));
            if (found !== undefined) problems.push(`${JSON.stringify(batch[index])}: ${found}`);
          }
        }
      };
      await tell(
        stories.filter(({ alone }) => !alone),
        AT_ONCE,
      );
      await tell(
        stories.filter(({ alone }) => alone),
        1,
      );
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
  return loads.run(loadId, { dms: { ...dms, stalledMinutes } }, target);
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
async function live({ loadId, alone, detour, ...fault }: Story, mode: Mode, target: number): Promise<End> {
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
async function problemOf(story: Story, { given, result }: End): Promise<string | undefined> {
  const { dms: service } = await awsStandIns();
  const { loadId, kind } = story;
  const atFirst = await loads.left(loadId);
  for (let sweeps = 0; sweeps < MOST_SWEEPS && !(await isOver(loadId)); sweeps += 1) await loads.sweep(1);
  const still = await loads.left(loadId);
  left += still.length;
  const isThere = service.resources().some(({ arn }) => arn === given);
  if (given !== undefined && !isThere && kind !== 'vanished') return 'removed the instance that was given';
  if (still.length > 0) return `left ${still.join(', ')}`;
  if (result === undefined) return 'left no result';
  if (!(await isOver(loadId))) return `goes on being torn down: ${JSON.stringify(await loads.resultOf(loadId))}`;
  return endProblem(result, story) ?? tellingProblem(result) ?? tearDownProblem(result, atFirst, story);
}

async function isOver(loadId: string): Promise<boolean> {
  return (await loads.resultOf(loadId))?.tearDown === 'complete' && (await loads.left(loadId)).length === 0;
}

/** Its consumer is told once how it ended. */
function tellingProblem({ loadId, status }: LoadResult): string | undefined {
  const told = loads.told.filter((one) => one.loadId === loadId).map(({ type }) => type);
  const wanted = status === 'SUCCEEDED' ? 'InitialLoadSucceeded' : 'InitialLoadFailed';
  return told.join() === wanted ? undefined : `ended ${status}, and the consumer was told: ${told.join()}`;
}

/** SUCCEEDED and verified; or FAILED, with the cause that was injected. */
function endProblem({ status, tables, failure }: LoadResult, story: Story): string | undefined {
  const { loadId, operation, kind, detour } = story;
  if (status === 'SUCCEEDED') {
    return tables.length === 3 && tables.every(({ verified }) => verified) ? undefined : 'not verified';
  }
  const cause = failure?.cause ?? '';
  if (detour?.denied !== undefined)
    return isDenied(cause, detour.denied) ? undefined : `failed for another cause: ${cause}`;
  if (PASSING.includes(kind)) return `failed, though it passes: ${cause}`;
  const isTrue =
    kind === 'access denied'
      ? isDenied(cause, operation)
      : /ResourceNotFoundFault|is deleted|is gone|is deleting/.test(cause) && cause.includes(loads.nameOf(loadId));
  return isTrue ? undefined : `failed for another cause: ${cause}`;
}

/** "complete" is said only where nothing was left; else the result says what was, and why. */
function tearDownProblem(
  { tearDown, tornDown }: LoadResult,
  atFirst: string[],
  { operation, kind }: Story,
): string | undefined {
  if (tearDown === 'complete')
    return atFirst.length === 0 ? undefined : `said complete, and left ${atFirst.join(', ')}`;
  const failed = tornDown.filter(({ status }) => status === 'failed').map(({ detail = '' }) => detail);
  if (kind !== 'access denied') return undefined;
  return failed.some((detail) => isDenied(detail, operation))
    ? undefined
    : `incomplete, and did not say why: ${JSON.stringify(tornDown)}`;
}

function isDenied(said: string, operation: string): boolean {
  return said.includes(`${operation}: AccessDeniedException:`);
}
