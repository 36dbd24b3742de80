import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import type { KafkaAddress } from '../../src/kafka/kafka-address.ts';
import { controlPlane } from '../../src/load/control-plane.ts';
import { dataPlane } from '../../src/load/data-plane.ts';
import { stepOf } from '../../src/load/strategy.ts';
import { planLoad } from '../../src/plan/plan-load.ts';
import { unbounded } from '../../src/request/bounds.ts';
import { parseRequest } from '../../src/request/parse.ts';
import type { Shard } from '../../src/model.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import type { Load, Services } from '../../src/services.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import {
  LoadDocuments,
  planDocument,
  stateDocument,
  surveyDocument,
  type LoadState,
} from '../../src/store/documents.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { closeTarget } from '../../src/target/close.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { restoreTarget } from '../../src/target/restore.ts';
import { takePositionBefore } from '../../src/verify/positions.ts';
import { verifyLoad } from '../../src/verify/verify-load.ts';
import type { StepAnswer } from '../../src/step.ts';

/** Two databases and a store directory, which `env:SOURCE` and `env:TARGET` refer to; `env:BROKERS` where there are some. */
export interface LoadStage {
  services: Services;
  remove(): Promise<void>;
}

export async function setLoadStage(
  source: DatabaseAddress,
  target: DatabaseAddress,
  { invocationSeconds = 1e6, brokers }: { invocationSeconds?: number | undefined; brokers?: KafkaAddress } = {},
): Promise<LoadStage> {
  const directory = await mkdtemp(join(tmpdir(), 'initial-load-test-'));
  const services: Services = {
    store: new DirectoryStore(directory),
    now: () => new Date(),
    bounds: unbounded,
    deployment: { name: 'test' },
    resolveConnection: async (reference) => (reference === 'env:SOURCE' ? source : target),
    resolveSecret: async () => 'a secret',
    resolveBrokers: async () => {
      if (!brokers) throw new Error('There is no broker in this test.');
      return brokers;
    },
    channels: { eventbridge: unused, sns: unused, sqs: unused, webhook: unused },
    invocationSeconds,
    keepHours: 24,
  };
  return { services, remove: () => rm(directory, { recursive: true, force: true }) };
}

/** A request between the two databases, with every default filled in; `target: null` where topics are all it has. */
export function requestOf(tables: unknown[], more: Record<string, unknown> = {}): LoadRequest {
  const { source, target, ...rest } = more;
  return parseRequest({
    dataset: 'test',
    consumer: 'mailer',
    source: { engine: 'postgres', connection: 'env:SOURCE', tables, ...(source as object) },
    ...(target !== null && { target: { engine: 'postgres', connection: 'env:TARGET', ...(target as object) } }),
    ...rest,
  });
}

/** A load as the step after Plan finds it. */
export async function plannedLoad(
  services: Services,
  request: LoadRequest,
  loadId = 'a-load',
  attempt = 1,
): Promise<Load> {
  const documents = new LoadDocuments(services.store, loadId);
  const startedAt = services.now();
  const deadlineAt = new Date(startedAt.getTime() + request.limits.deadlineMinutes * 60_000);
  const head = { loadId, attempt, request, startedAt, deadlineAt, documents, services };
  const known = await documents.read(planDocument);
  const { survey, plan } = known
    ? { survey: await documents.need(surveyDocument), plan: known }
    : await planLoad(request, services);
  await documents.write(planDocument, plan);
  await documents.write(surveyDocument, survey);
  const load = { ...head, survey, plan };
  await setStatus(load, 'open');
  return load;
}

export async function setStatus(load: Load, status: LoadState['status']): Promise<void> {
  await load.documents.write(stateDocument, { loadId: load.loadId, attempt: load.attempt, status } as LoadState);
}

let pace = 1;
/** For tests whose clock runs fast: seconds that pass there in one. */
export function setPace(secondsInOne: number): void {
  pace = secondsInOne;
}

/** Calls a step until it is done, as the state machine does; it waits no longer than a second. */
export async function untilDone<Answer extends StepAnswer>(
  step: () => Promise<Answer>,
): Promise<Extract<Answer, { status: 'done' }>> {
  for (;;) {
    const answer = await step();
    if (answer.status === 'done') return answer as Extract<Answer, { status: 'done' }>;
    await new Promise((resolve) => setTimeout(resolve, Math.min(answer.waitSeconds / pace, 1) * 1_000));
  }
}

const registries = { data: dataPlane, control: controlPlane };

export async function provision(load: Load): Promise<void> {
  await untilDone(() => prepareTarget(load));
  await untilDone(() => takePositionBefore(load));
  await untilDone(() => stepOf(registries[load.plan.planes.provision], load.plan, 'provision')(load));
}

/** One call of a shard's advance, in the plane where the machine calls it: the one that the last answer named, if it did. */
export async function advanceOnce(load: Load, shard: Shard, until: Date, last?: StepAnswer): Promise<StepAnswer> {
  const asked = last?.status === 'working' ? last.plane : undefined;
  return stepOf(registries[asked ?? load.plan.planes.advance], load.plan, 'advance')(load, shard, until);
}

/** A shard's advance, called until it is done. */
async function advanceShard(load: Load, shard: Shard, secondsACall: number): Promise<void> {
  let last: StepAnswer | undefined;
  await untilDone(
    async () => (last = await advanceOnce(load, shard, new Date(Date.now() + secondsACall * 1_000), last)),
  );
}

/** Every shard, at once, each until it is done. `secondsACall` bounds every call, as a Lambda's time does. */
export async function advanceAll(load: Load, secondsACall = 3_600): Promise<void> {
  await Promise.all(load.plan.shards.map((shard) => advanceShard(load, shard, secondsACall)));
}

export async function settleAndRestore(load: Load): Promise<void> {
  const settle = dataPlane[load.plan.strategy]?.settle;
  if (settle) await untilDone(() => settle(load, muchLater(load)));
  await untilDone(async () => (await restoreTarget(load)).answer);
}

export async function verify(load: Load): Promise<boolean> {
  return (await untilDone(() => verifyLoad(load, muchLater(load)))).verified;
}

/** The strategy's resources, until they are gone. */
export async function removeResources(load: Load): Promise<void> {
  const remove = stepOf(registries[load.plan.planes.tearDown], load.plan, 'tearDown');
  await untilDone(async () => (await remove(load)).answer);
}

export async function tearDown(load: Load, outcome: 'succeeded' | 'failed'): Promise<void> {
  await setStatus(load, 'closed');
  await closeTarget(load);
  await removeResources(load);
  await dataPlane[load.plan.strategy]?.clean?.(load);
  await untilDone(async () => (await cleanTarget(load, { outcome })).answer);
}

/** The whole way; @returns whether it was verified */
export async function loadAll(load: Load, secondsACall?: number): Promise<boolean> {
  await provision(load);
  await advanceAll(load, secondsACall);
  await settleAndRestore(load);
  const verified = await verify(load);
  await tearDown(load, 'succeeded');
  return verified;
}

/** By the load's clock, which may run fast. */
function muchLater({ services }: Load): Date {
  return new Date(services.now().getTime() + 1e9);
}

/** These tests drive the steps before Notify consumer. */
async function unused(): Promise<never> {
  throw new Error('Nothing is to be notified here.');
}
