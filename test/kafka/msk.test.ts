import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { scaledClock } from '../../local/aws/clock.ts';
import { STAND_IN_REGION, useStandIns } from '../../local/aws/environment.ts';
import { realBrokers } from '../../local/aws/msk/brokers.ts';
import { startMsk, type MskStandIn } from '../../local/aws/msk/msk.ts';
import { localServices } from '../../local/local-services.ts';
import { runLoad } from '../../local/run-load.ts';
import type { MachineEvent } from '../../local/run-machine.ts';
import { acknowledgeLoad } from '../../src/load/acknowledge.ts';
import type { LoadResult } from '../../src/model.ts';
import type { Services } from '../../src/services.ts';
import { DirectoryStore } from '../../src/store/directory-store.ts';
import { openTestKafka, type TestKafka } from '../support/kafka.ts';
import { listOnBrokers } from '../support/loaded-topics.ts';
import { openTestDatabases, type TestDatabase } from '../support/postgres.ts';

/** Seconds that pass in one: a minute by which MSK's answers lag is one. */
const PACE = 60;
const ROWS = 500;

const databases = openTestDatabases();
const { now } = scaledClock(PACE);
let kafka: TestKafka;
let source: TestDatabase;
let msk: MskStandIn;
let giveBack: () => void;
let directory: string;
let services: Services;
beforeAll(async () => {
  kafka = await openTestKafka();
  source = await databases.createDatabase();
  await source.query(`create schema hr;
    create table hr.employees (id int primary key, name text);
    create table hr.titles (id int primary key, title text);
    insert into hr.employees select g, 'name ' || g from generate_series(1, ${ROWS}) g;
    insert into hr.titles select g, 'title ' || g from generate_series(1, ${ROWS}) g;
    analyze`);
  const { brokers } = kafka.server;
  msk = await startMsk({
    now,
    region: STAND_IN_REGION,
    behind: realBrokers(brokers),
    offers: { BootstrapBrokerString: brokers },
  });
  giveBack = useStandIns({ msk });
});
afterAll(async () => {
  giveBack();
  await msk.stop();
  await databases.dropAll();
  await kafka.close();
});
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'msk-test-'));
  const local = localServices({ store: new DirectoryStore(directory), now, print: () => {} });
  services = { ...local, resolveConnection: async () => source.address };
  msk.requests.length = 0;
});
afterEach(async () => {
  msk.faults.clear();
  await rm(directory, { recursive: true, force: true });
});

/** A load to topics of the cluster. @param on what happens when a state is entered */
async function load(on: (state: string) => unknown, signal?: AbortSignal): Promise<LoadResult> {
  const end = await runLoad({
    loadId: 'through-msk',
    request: {
      dataset: 'hr',
      consumer: 'mailer',
      source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['hr.*'] },
      topics: { brokers: msk.clusterArn, tables: {} },
      kafka: { partitions: 2 },
    },
    services,
    pace: PACE,
    ...(signal && { signal }),
    onEvent: ({ state, what }: MachineEvent) => {
      if (what === 'entered') void on(state);
    },
  });
  if (end.known !== 'result') throw new Error(`It left no result: ${JSON.stringify(end)}`);
  return end.result;
}

const acknowledging = (state: string) =>
  state === 'Wait for consumer' ? acknowledgeLoad({ loadId: 'through-msk' }, services) : undefined;
const asked = (operation: string) => msk.requests.filter((request) => request.operation === operation);

test('a load makes its topics through MSK, feeds them, and removes them through MSK', async () => {
  let waits = 0;
  const result = await load((state) => {
    if (state === 'Wait for target') waits += 1;
    return acknowledging(state);
  });
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete', plan: { strategy: 'kafka-topic' } });
  expect(result.tables.map(({ targetRows, verified }) => [targetRows, verified])).toEqual([
    [ROWS, true],
    [ROWS, true],
  ]);
  expect(result.tornDown.filter(({ type }) => type === 'Kafka topic').map(({ status }) => status)).toEqual([
    'deleted',
    'deleted',
  ]);
  expect(asked('CreateTopic').filter(({ answer }) => answer === 'ok')).toHaveLength(2);
  expect(asked('DeleteTopic').filter(({ answer }) => answer === 'ok')).not.toEqual([]);
  expect(waits).toBeGreaterThan(0);
  expect(await listOnBrokers(kafka)).toEqual([]);
});

test('a topic that consumers are attached to is waited for; then tear-down is incomplete, and the next one removes it', async () => {
  const fault = { fault: 'GroupSubscribedToTopicException' };
  msk.faults.next({ operation: 'DeleteTopic', about: 'employees', kind: fault, times: Infinity });
  const result = await load(acknowledging);
  expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete' });
  expect(result.tornDown.filter(({ status }) => status === 'failed')).toEqual([
    {
      type: 'Kafka topic',
      id: 'initial-load.hr.hr.employees.through-msk',
      status: 'failed',
      detail: 'consumers are still attached to it',
    },
  ]);
  expect(await listOnBrokers(kafka)).toEqual(['topic initial-load.hr.hr.employees.through-msk']);
  msk.faults.clear();
  expect(await load(acknowledging)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  expect(await listOnBrokers(kafka)).toEqual([]);
});

test('a load that is aborted while MSK makes its topics leaves none, though they come after it was closed', async () => {
  const stop = new AbortController();
  const result = await load((state) => {
    if (asked('CreateTopic').length > 0 && state === 'Wait for target') stop.abort(new Error('Interrupted.'));
  }, stop.signal);
  expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete', failure: { error: 'ExecutionAborted' } });
  expect(await listOnBrokers(kafka)).toEqual([]);
});
