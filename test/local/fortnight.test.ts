import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readDefinition, statesOf } from '../../local/definitions.ts';
import { handlers } from '../../local/handlers.ts';
import { runMachine, type MachineEvent, type MachineRun } from '../../local/run-machine.ts';
import { useStandIns } from '../../local/aws/environment.ts';
import { databaseMover } from '../../local/aws/dms/database-mover.ts';
import { startAwsStandIns, type AwsStandIns } from '../../local/aws/stand-ins.ts';
import { provideServices } from '../../functions/services.ts';
import type { Handler } from '../../functions/lambda.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { testDeployment, throughDms } from '../support/dms-stage.ts';
import { setLoadStage, type LoadStage } from '../support/loads.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { slowMover } from '../support/slow-mover.ts';

const DAY_SECONDS = 86_400;
/** What Step Functions allows is 25,000; an execution that comes near it would end with nothing that can be caught. */
const MOST_EVENTS = 5_000;

/**
 * Events of an execution's history by the type of a state: a Lambda Task has TaskStateEntered, TaskScheduled, TaskStarted,
 * TaskSucceeded and TaskStateExited (as LambdaFunction… where the resource is the function's ARN), a nested execution
 * TaskSubmitted besides, a Map MapStateEntered, MapStateStarted, MapRunStarted, MapRunSucceeded, MapStateSucceeded and
 * MapStateExited, any other state its entering and its exit (HistoryEvent in the API of Step Functions).
 */
const EVENTS_OF: Record<string, number> = { Task: 5, Map: 6, Choice: 2, Wait: 2, Pass: 2, Succeed: 2, Fail: 1 };
const NESTED_EVENTS = 6;
/** LambdaFunctionFailed, or a second scheduling and start. */
const RETRY_EVENTS = 3;
/** ExecutionStarted and ExecutionSucceeded. */
const EXECUTION_EVENTS = 2;

const databases = openTestDatabases();
let now = new Date('2026-03-01T12:00:00.000Z');
let aws: AwsStandIns;
let stage: LoadStage;

beforeAll(async () => {
  const [source, target] = [await databases.createDatabase(), await databases.createDatabase()];
  const schema = 'create schema hr; create table hr.employees (id int primary key, name text not null)';
  await source.query(`${schema}; insert into hr.employees select g, 'n' || g from generate_series(1, 100) g; analyze`);
  await target.query(schema);
  const addresses = new Map([
    ['test/source', source.address],
    ['test/target', target.address],
  ]);
  const mover = databaseMover((id) => secretOf(addresses.get(id)!));
  aws = await startAwsStandIns({ now: () => now, mover: slowMover(13.9 * DAY_SECONDS, mover) });
  for (const [name, address] of addresses) aws.secrets.put(name, secretOf(address));
  useStandIns(aws);
  stage = await setLoadStage(source.address, target.address);
  const sent = async () => ({ channel: 'eventbridge', status: 'sent' as const });
  Object.assign(stage.services, {
    now: () => now,
    deployment: { name: 'test', dms: testDeployment },
    resolveConnection: async (reference: string) => addresses.get(reference),
    channels: { eventbridge: sent, sns: sent, sqs: sent, webhook: sent },
  });
  provideServices(stage.services);
});
afterAll(async () => {
  await stage?.remove();
  await aws?.stop();
  await databases.dropAll();
});

test('a full load of nearly fourteen days ends verified, with fewer than 5,000 history events in each of its executions', async () => {
  const histories = new Map<string, number>();
  const input = {
    dataset: 'test',
    consumer: 'mailer',
    source: { engine: 'postgres', ...throughDms.source, tables: ['hr.employees'] },
    target: { engine: 'postgres', ...throughDms.target },
    strategy: 'dms',
    limits: { deadlineMinutes: 14 * 24 * 60 },
    notify: [{ channel: 'eventbridge' }],
  };
  const startedAt = now;
  const end = await run('initial-load', { loadId: 'fortnight', attempt: 1, request: input }, histories);
  const days = (now.getTime() - startedAt.getTime()) / 1_000 / DAY_SECONDS;

  console.log(
    `${days.toFixed(1)} days; history events: ${[...histories].map(([name, count]) => `${name} ${count}`).join(', ')}`,
  );
  expect(end).toMatchObject({ status: 'SUCCEEDED', output: { status: 'SUCCEEDED', tearDown: 'complete' } });
  expect(days).toBeGreaterThan(13.9);
  expect([...histories.keys()]).toEqual(['initial-load', "its Map's child", 'tear-down']);
  for (const count of histories.values()) expect(count).toBeLessThan(MOST_EVENTS);
  expect(aws.resources()).toEqual([]);
}, 300_000);

function run(machine: 'initial-load' | 'tear-down', input: unknown, histories: Map<string, number>) {
  const execution = machine === 'initial-load' ? machine : 'tear-down';
  const eventsOf = eventsByState(machine);
  const count = (name: string, events: number) =>
    histories.set(name, (histories.get(name) ?? EXECUTION_EVENTS) + events);
  const machineRun: MachineRun = {
    execution: 'fortnight-1',
    handlers: leaping,
    invocationSeconds: stage.services.invocationSeconds,
    startNested: (nested, _execution, given) => run(nested, given, histories),
    onEvent({ state, what }: MachineEvent) {
      const { inMap, events } = eventsOf.get(state)!;
      const name = inMap ? "its Map's child" : execution;
      if (what === 'entered') count(name, events);
      if (what === 'retried') count(name, RETRY_EVENTS);
    },
  };
  return runMachine(machine, input, machineRun);
}

function eventsByState(machine: 'initial-load' | 'tear-down'): Map<string, { inMap: boolean; events: number }> {
  const definition = readDefinition(machine);
  return new Map(
    statesOf(definition).map(([name, { Type, Resource }]) => {
      const isNested = typeof Resource === 'string' && Resource.includes('startExecution');
      const events = isNested ? NESTED_EVENTS : EVENTS_OF[Type];
      if (events === undefined) throw new Error(`Nothing is known of the events of a state of type ${Type}.`);
      return [name, { inMap: !(name in definition.States), events }];
    }),
  );
}

/** The handlers, where a wait leaps ahead by the clock instead. */
const leaping = Object.fromEntries(
  Object.entries(handlers).map(([key, handler]): [string, Handler] => [
    key,
    async (input, context) => {
      const answer = await handler(input, context);
      const { waitSeconds } = (answer ?? {}) as { waitSeconds?: number };
      if (waitSeconds === undefined) return answer;
      now = new Date(now.getTime() + waitSeconds * 1_000);
      // What is moved by then is moved: the rows go by real time.
      await aws.dms.settled();
      return { ...(answer as object), waitSeconds: 0 };
    },
  ]),
);

function secretOf({ engine, host, port, database, user, password }: DatabaseAddress): string {
  return JSON.stringify({ engine, host, port, dbname: database, username: user, password, ssl: false });
}
