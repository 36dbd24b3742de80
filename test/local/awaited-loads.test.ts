import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { MachineEvent } from '../../local/run-machine.ts';
import type { FitInput } from '../../src/load/strategy.ts';
import type { LoadResult } from '../../src/model.ts';
import type { Services } from '../../src/services.ts';
import { LoadDocuments, waitingForDocument } from '../../src/store/documents.ts';
import { memoryServices } from '../support/memory-services.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

/** What the consumer has not read yet, each time that somebody asks; at last the same again and again. */
let lags: string[][] = [];
const findLag = async () => (lags.length > 1 ? lags.shift()! : lags[0]!);

// The strategy direct, if what it loads were temporary.
const { direct } = await import('../../src/load/direct/strategy.ts');
const fit = (input: FitInput) => {
  const offer = direct.fit(input);
  return offer.fits ? { ...offer, awaitsConsumer: true as const } : offer;
};
jest.unstable_mockModule('../../src/load/registry.ts', () => ({ strategies: { direct: { ...direct, fit } } }));
const { dataPlane } = await import('../../src/load/data-plane.ts');
jest.unstable_mockModule('../../src/load/data-plane.ts', () => ({
  dataPlane: { direct: { ...dataPlane.direct, findLag } },
}));
const { runLoad } = await import('../../local/run-load.ts');
const { acknowledgeLoad } = await import('../../src/load/acknowledge.ts');

const databases = openTestDatabases();
const ROWS = 50;
/** A wait of 15 s is 15 ms. */
const PACE = 1_000;
let source: TestDatabase;
let target: TestDatabase;
let services: Services;
let told: { type: string }[];
let ahead: number;
beforeAll(async () => {
  source = await databases.createDatabase();
  await source.query(`create table person (id int primary key);
    insert into person select generate_series(1, ${ROWS}); analyze`);
});
beforeEach(async () => {
  target = await databases.createDatabase();
  await target.query('create table person (id int primary key)');
  ahead = 0;
  const addresses = new Map<unknown, TestDatabase['address']>([
    ['env:SOURCE', source.address],
    ['env:TARGET', target.address],
  ]);
  const memory = memoryServices();
  told = memory.sent as { type: string }[];
  services = {
    ...memory,
    now: () => new Date(Date.now() + ahead),
    resolveConnection: async (reference) => addresses.get(reference)!,
    invocationSeconds: 14 * 24 * 3_600,
  };
});
afterAll(() => databases.dropAll());

/** @param whenWaiting what happens when the load waits for its consumer for the first time */
async function load(whenWaiting: () => unknown, signal?: AbortSignal) {
  const states: string[] = [];
  let happening: unknown;
  const end = await runLoad({
    loadId: 'people',
    request: {
      dataset: 'people',
      consumer: 'mailer',
      source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['public.person'] },
      target: { engine: 'postgres', connection: 'env:TARGET' },
      notify: [{ channel: 'eventbridge' }],
    },
    services,
    pace: PACE,
    ...(signal && { signal }),
    onEvent: ({ state, what }: MachineEvent) => {
      if (what !== 'entered') return;
      states.push(state);
      if (state === 'Wait for consumer') happening ??= whenWaiting() ?? 'nothing';
    },
  });
  await happening;
  if (end.known !== 'result') throw new Error(`It left no result: ${JSON.stringify(end)}`);
  return { result: end.result, waits: states.filter((state) => state === 'Wait for consumer').length };
}
const rows = async () => (await target.query<{ n: number }>('select count(*)::int as n from person'))[0]?.n;
const typesOf = ({ notifications }: LoadResult) => notifications.map(({ type }) => type);
const BOTH = ['InitialLoadSucceeded', 'InitialLoadFailed'];

describe('a load that awaits its consumer', () => {
  test('is torn down when the consumer has read everything, and has succeeded', async () => {
    lags = [['partition 0', 'partition 1'], ['partition 1'], []];
    const { result, waits } = await load(() => {});
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect([waits, await rows()]).toEqual([2, ROWS]);
    expect(typesOf(result)).toEqual(['InitialLoadSucceeded']);
  });

  test('is torn down when somebody acknowledges it, and until then says what it waits for', async () => {
    lags = [['partition 0: 7 records']];
    let waitedFor: unknown;
    const { result } = await load(async () => {
      waitedFor = await new LoadDocuments(services.store, 'people').read(waitingForDocument);
      await acknowledgeLoad({ loadId: 'people' }, services);
    });
    expect(waitedFor).toMatchObject({ what: 'the consumer mailer to read: partition 0: 7 records' });
    expect(result).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(await rows()).toBe(ROWS);
  });

  test('has failed when the deadline comes first, says what lags, and tells the consumer of that too', async () => {
    lags = [['partition 0: 7 records', 'partition 3: 1 record']];
    const { result } = await load(() => (ahead = 24 * 3_600_000));
    expect(result).toMatchObject({ status: 'FAILED', tearDown: 'complete', failure: { error: 'DeadlineError' } });
    expect(result.failure?.cause).toContain('partition 0: 7 records; partition 3: 1 record');
    expect(result.failure?.advice).toContain('Raise limits.deadlineMinutes');
    expect(typesOf(result)).toEqual(BOTH);
    expect(told.map(({ type }) => type)).toEqual(BOTH);
    expect(await rows()).toBe(0);
  });

  test('has failed when it is aborted first, tells the consumer of that too, and can be run again', async () => {
    lags = [['partition 0: 7 records']];
    const stop = new AbortController();
    const { result } = await load(() => stop.abort(new Error('Interrupted by SIGINT.')), stop.signal);
    expect(result).toMatchObject({ status: 'FAILED', failure: { error: 'ExecutionAborted' } });
    expect(told.map(({ type }) => type)).toEqual(BOTH);
    expect(await rows()).toBe(0);
    lags = [[]];
    expect(await load(() => {})).toMatchObject({ waits: 0, result: { attempt: 2, status: 'SUCCEEDED' } });
    expect(await rows()).toBe(ROWS);
  });
});
