import {
  CreateReplicationInstanceCommand,
  DatabaseMigrationServiceClient,
} from '@aws-sdk/client-database-migration-service';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FaultKind } from '../../local/aws/faults.ts';
import type { LoadResult } from '../../src/model.ts';
import { openDmsLoads, type DmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns } from '../support/dms-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';

const GIVEN = 'the-given-instance';
const AT_ONCE = 3;
const MINUTES = 60_000;
const KINDS: FaultKind[] = ['throttled', 'lost before', 'lost after', 'access denied', 'vanished'];
/** What the SDK's client, or the state machine, tries again: nobody must notice it. */
const PASSING: FaultKind[] = ['throttled', 'lost before', 'lost after'];

interface Story {
  loadId: string;
  operation: string;
  /** Of a call that is made again and again the first and the last are hit. */
  nth: number;
  kind: FaultKind;
}

const databases = openTestDatabases();
let loads: DmsLoads;
let givenArn: string;
let injected = 0;
let left = 0;

beforeAll(async () => {
  loads = await openDmsLoads(databases, { atOnce: AT_ONCE, kept: [GIVEN] });
  const client = new DatabaseMigrationServiceClient({});
  const made = await client.send(
    new CreateReplicationInstanceCommand({
      ReplicationInstanceIdentifier: GIVEN,
      ReplicationInstanceClass: 'dms.t3.medium',
    }),
  );
  givenArn = made.ReplicationInstance?.ReplicationInstanceArn ?? '';
  client.destroy();
});
afterAll(async () => {
  console.log(`${injected} faults injected, ${left} resources left`);
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

const MODES: [mode: string, dms: () => object][] = [
  ['a temporary instance', () => ({ assessment: true })],
  ['a given instance', () => ({ replicationInstanceArn: givenArn })],
  ['serverless', () => ({ mode: 'serverless' })],
];

describe.each(MODES)('a load on %s', (mode, dms) => {
  test(
    'survives each of its calls being throttled or lost, says so where one is denied or finds its resource gone, and leaves nothing',
    async () => {
      const stories = await tellStories(mode, dms());
      const lanes = Array.from({ length: AT_ONCE }, async (_, target) => {
        for (let story = stories.shift(); story !== undefined; story = stories.shift()) {
          await expectEndsWell(story, dms(), target);
        }
      });
      await Promise.all(lanes);
    },
    10 * MINUTES,
  );
});

test('at least 300 faults were injected, and no resource is left', () => {
  expect(injected).toBeGreaterThanOrEqual(300);
  expect(left).toBe(0);
});

/** Every call that a load makes to which nothing happens, with everything that can happen to it. */
async function tellStories(mode: string, dms: object): Promise<Story[]> {
  const { dms: service } = await awsStandIns();
  const name = mode.replaceAll(' ', '-');
  const before = service.requests.length;
  expect(await loads.run(name, { dms })).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  const calls = new Map<string, number>();
  for (const { operation } of service.requests.slice(before)) calls.set(operation, (calls.get(operation) ?? 0) + 1);
  const hits = [...calls].flatMap(([operation, times]) => [...new Set([1, times])].map((nth) => ({ operation, nth })));
  return hits
    .flatMap((hit) => KINDS.map((kind) => ({ ...hit, kind })))
    .map((story, index) => ({ loadId: `${name}-${index + 1}`, ...story }));
}

async function expectEndsWell({ loadId, ...fault }: Story, dms: object, target: number): Promise<void> {
  const { dms: service } = await awsStandIns();
  const story = `${loadId}: ${fault.operation} ${fault.nth} ${String(fault.kind)}`;
  const forget = service.faults.next({ ...fault, about: loads.nameOf(loadId) });
  const earlier = service.faults.injected.length;
  const result = await loads.run(loadId, { dms }, target);
  forget();
  injected += service.faults.injected.length > earlier ? 1 : 0;
  expect([story, judge(result, fault.kind)]).toEqual([story, 'ended well']);
  expect([story, loads.told.filter((one) => one.loadId === loadId).length]).toEqual([story, 1]);
  if ((await loads.left(loadId)).length > 0) await loads.sweep();
  const still = await loads.left(loadId);
  left += still.length;
  expect([story, still]).toEqual([story, []]);
}

/** SUCCEEDED and verified; or FAILED, with the cause that was injected. */
function judge(result: LoadResult | undefined, kind: FaultKind): string {
  if (result === undefined) return 'left no result';
  const { status, tables, failure } = result;
  if (status === 'SUCCEEDED') {
    return tables.length === 3 && tables.every(({ verified }) => verified) ? 'ended well' : 'not verified';
  }
  const cause = failure?.cause ?? '';
  if (PASSING.includes(kind)) return `failed, though it passes: ${cause}`;
  const right = kind === 'access denied' ? /AccessDenied/ : /not found|NotFound|gone|no longer/i;
  return right.test(cause) ? 'ended well' : `failed for another cause: ${cause}`;
}
