import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AsyncLocalStorage } from 'node:async_hooks';
import { useStandIns } from '../../../local/aws/environment.ts';
import { startAwsStandIns, type AwsStandIns } from '../../../local/aws/stand-ins.ts';
import { databaseMigrationService } from '../../../src/aws/clients.ts';
import { controlPlane } from '../../../src/load/control-plane.ts';
import type { Load, Services } from '../../../src/services.ts';
import type { StepAnswer } from '../../../src/step.ts';
import { LoadDocuments } from '../../../src/store/documents.ts';
import { testDeployment } from '../../support/dms-stage.ts';
import { memoryServices } from '../../support/memory-services.ts';
import { slowMover } from '../../support/slow-mover.ts';
import { dmsLoad, setState } from './a-load.ts';

/** How long the rows of each load take, in seconds. */
const LOADING_SECONDS = 300;
/** Some 15,000 requests over HTTP, on a busy machine. */
const PATIENCE_MS = 180_000;
const STEPS = ['provision', 'advance', 'tearDown'] as const;
type Step = (typeof STEPS)[number];

/** The requests of the call of a step that is under way. */
const noting = new AsyncLocalStorage<string[]>();

let at = new Date('2026-03-01T12:00:00.000Z');
let aws: AwsStandIns;
let services: Services;

beforeAll(async () => {
  aws = await startAwsStandIns({ now: () => at, mover: slowMover(LOADING_SECONDS) });
  useStandIns(aws);
  services = { ...memoryServices(), now: () => at, deployment: { name: 'test', dms: testDeployment } };
  const { client } = await databaseMigrationService();
  client.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        noting.getStore()?.push(String(commandName));
        return next(given);
      },
    { step: 'initialize' },
  );
});
afterAll(() => aws?.stop());

test(
  'a hundred loads that start at the same instant, each with an instance of its own, are never throttled',
  async () => {
    const loads = await loadsOf(100, 'together', () => ({}));
    const { throttled, lowest, requests, most } = await simulate(loads);
    tell('100 with an instance each', { requests, lowest, most });
    expect(throttled).toBe(0);
    expect(lowest).toBeGreaterThan(0);
  },
  PATIENCE_MS,
);

test(
  'a hundred loads that start at the same instant, of all three modes, are never throttled',
  async () => {
    const replicationInstanceArn = await aSharedInstance();
    const modes = [{}, { replicationInstanceArn }, { mode: 'serverless' }];
    const loads = await loadsOf(100, 'mixed', (number) => modes[number % modes.length]!);
    const { throttled, lowest, requests, most } = await simulate(loads);
    tell('100 of all modes', { requests, lowest, most });
    expect(throttled).toBe(0);
    expect(lowest).toBeGreaterThan(0);
    expect(aws.resources().map(({ id }) => id)).toEqual(['shared']);
  },
  PATIENCE_MS,
);

test('a poll of a running load is two requests, and no call of a step asks for more than four', async () => {
  const { most, polls, waits } = await simulate(await loadsOf(1, 'alone', () => ({})));
  expect(new Set(polls)).toEqual(new Set([2]));
  expect(Math.max(...Object.values(most))).toBeLessThanOrEqual(4);
  expect(Math.min(...waits.provision)).toBeGreaterThanOrEqual(15);
  expect(Math.min(...waits.advance, ...waits.tearDown)).toBeGreaterThanOrEqual(30);
});

/** Planned once, and copied under names of their own. */
async function loadsOf(count: number, name: string, dmsOf: (number: number) => object): Promise<Load[]> {
  const loads: Load[] = [];
  for (let number = 1; number <= count; number += 1) {
    const planned = await dmsLoad(['hr.employees', 'hr.departments'], { dms: dmsOf(number) });
    const loadId = `${name}-${number}`;
    const deadlineAt = new Date(at.getTime() + 14 * 86_400_000);
    const documents = new LoadDocuments(services.store, loadId);
    const load = { ...planned, loadId, documents, services, startedAt: at, deadlineAt };
    await setState(load, 'open');
    loads.push(load);
  }
  return loads;
}

/**
 * Calls each load's steps when their answers say, all loads by one clock that leaps from call to call. On AWS the state
 * machine's own time comes on top.
 */
async function simulate(loads: Load[]) {
  const { bucket, requests: logged } = aws.dms;
  // The bucket is full again, whatever was before.
  at = new Date(at.getTime() + 60_000);
  bucket.lowest = Infinity;
  const before = { requests: logged.length, throttled: bucket.throttled };
  let due = loads.map((load) => ({ load, at, step: 0 }));
  const most: Record<Step, number> = { provision: 0, advance: 0, tearDown: 0 };
  const polls: number[] = [];
  const waits: Record<Step, number[]> = { provision: [], advance: [], tearDown: [] };
  while (due.length > 0) {
    at = new Date(Math.min(...due.map((one) => one.at.getTime())));
    const now = due.filter((one) => one.at <= at);
    await Promise.all(
      now.map(async (one) => {
        const step = STEPS[one.step]!;
        const asked: string[] = [];
        const answer = await noting.run(asked, () => callStep(step, one.load));
        most[step] = Math.max(most[step], asked.length);
        if (asked.some((command) => command.includes('TableStatistics'))) polls.push(asked.length);
        if (answer.status === 'done') one.step += 1;
        else {
          expect(answer.plane ?? 'control').toBe('control');
          waits[step].push(answer.waitSeconds);
          one.at = new Date(at.getTime() + answer.waitSeconds * 1_000);
        }
      }),
    );
    // Throttled, the clients would try again in real time.
    if (bucket.throttled > before.throttled) break;
    due = due.filter(({ step }) => step < STEPS.length);
  }
  const throttled = bucket.throttled - before.throttled;
  return { requests: logged.length - before.requests, throttled, lowest: bucket.lowest, most, polls, waits };
}

async function callStep(step: Step, load: Load): Promise<StepAnswer> {
  const steps = controlPlane.dms!;
  switch (step) {
    case 'provision':
      return steps.provision!(load);
    case 'advance':
      return steps.advance!(load, load.plan.shards[0]!, load.deadlineAt);
    case 'tearDown':
      await setState(load, 'closed');
      return (await steps.tearDown!(load)).answer;
  }
}

/** One that outlives the loads. */
async function aSharedInstance(): Promise<string> {
  const { client, sdk } = await databaseMigrationService();
  const command = new sdk.CreateReplicationInstanceCommand({
    ReplicationInstanceIdentifier: 'shared',
    ReplicationInstanceClass: 'dms.r6i.large',
  });
  const { ReplicationInstance: made } = await client.send(command);
  at = new Date(at.getTime() + 1_200_000);
  return made!.ReplicationInstanceArn!;
}

interface Figures {
  requests: number;
  lowest: number;
  most: Record<Step, number>;
}
function tell(what: string, { requests, lowest, most }: Figures): void {
  const calls = Object.entries(most).map(([step, count]) => `${step} ${count}`);
  console.log(`${what}: ${requests} requests, at least ${lowest} of 200 left; at most a call: ${calls.join(', ')}`);
}
