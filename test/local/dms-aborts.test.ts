import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import { readDefinition, statesOf } from '../../local/definitions.ts';
import { openDmsLoads, type DmsLoads } from '../support/dms-loads.ts';
import { stopAwsStandIns } from '../support/dms-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';

const context = { getRemainingTimeInMillis: () => 60_000 };
const databases = openTestDatabases();
let loads: DmsLoads;
beforeAll(async () => {
  loads = await openDmsLoads(databases);
});
afterAll(async () => {
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

/** The states that a load goes through that succeeds, and in which it can be stopped. */
const STATES = statesOf(readDefinition('initial-load'))
  .filter(
    ([name, { Type }]) =>
      !['Succeed', 'Fail'].includes(Type) && !/^(Explain|Record shard|Provision$|Advance$)/.test(name),
  )
  .map(([name]) => name);

let count = 0;

/** Stops the execution where it enters a state for the nth time; no Catch of it runs. */
async function stopAt(state: string, ended: 'ABORTED' | 'TIMED_OUT', dms: object) {
  const loadId = `stopped-${(count += 1)}`;
  const stop = new AbortController();
  const name = `${loadId}-1`;
  const input = { loadId, attempt: 1, request: loads.request({ dms }) };
  let entered = false;
  const end = await loads.executions.start('initial-load', name, input, {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.state !== state || event.what !== 'entered') return;
      entered = true;
      stop.abort();
    },
  });
  expect([state, entered, end.status]).toEqual([state, true, 'ABORTED']);
  return { loadId, detail: { name, status: ended, input: JSON.stringify(input) } };
}

async function expectNothingLeft(loadId: string) {
  expect(await loads.left()).toEqual([]);
  const told = loads.told.filter((one) => one.loadId === loadId).map(({ type }) => type);
  const result = await loads.resultOf(loadId);
  // Stopped before it made anything, it leaves nothing but what its consumer is told.
  expect(told).toEqual([result?.status === 'SUCCEEDED' ? 'InitialLoadSucceeded' : 'InitialLoadFailed']);
}

describe.each([
  ['a temporary instance', {}],
  ['serverless', { mode: 'serverless' }],
])('a load on %s that is stopped', (_mode, dms) => {
  test.each(STATES)(
    'in the state %s is torn down by the rule on status changes, and its consumer told',
    async (state) => {
      const { loadId, detail } = await stopAt(state, 'ABORTED', dms);
      await statusChanged({ detail }, context);
      await loads.executions.ended();
      if ((await loads.left()).length > 0) await loads.sweep();
      await expectNothingLeft(loadId);
    },
  );
});
