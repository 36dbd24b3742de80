import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runLoad, tearDownLoad } from '../../local/run-load.ts';
import type { MachineEvent } from '../../local/run-machine.ts';
import { openDmsLoads } from '../support/dms-loads.ts';
import { PACE, stopAwsStandIns } from '../support/dms-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { WholeLoads } from '../support/whole-loads.ts';

const databases = openTestDatabases();
let loads: WholeLoads;
beforeAll(async () => {
  loads = await openDmsLoads(databases);
});
beforeEach(() => loads.targets[0]!.query('truncate hr.departments, hr.employees, hr.log'));
afterAll(async () => {
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

let count = 0;
const MOMENTS: [moment: string, machine: MachineEvent['machine'], state: string][] = [
  ['it provisions', 'initial-load', 'Wait for provisioning'],
  ['DMS loads', 'initial-load', 'Wait for shard'],
  ['it tears down', 'tear-down', 'Wait for removal'],
];

/** Aborted the first time that the state is entered. */
function abortingAt(machine: MachineEvent['machine'], state: string) {
  const interrupt = new AbortController();
  const onEvent = (event: MachineEvent) => {
    if (event.machine === machine && event.state === state && event.what === 'entered') {
      interrupt.abort(new Error('Interrupted by SIGINT.'));
    }
  };
  return { signal: interrupt.signal, onEvent };
}

async function expectNothingLeft(loadId: string, succeeded: boolean) {
  const told = loads.told.filter((one) => one.loadId === loadId).map(({ type }) => type);
  expect(told).toEqual([succeeded ? 'InitialLoadSucceeded' : 'InitialLoadFailed']);
  const status = succeeded ? 'SUCCEEDED' : 'FAILED';
  expect(await loads.resultOf(loadId)).toMatchObject({ status, tearDown: 'complete' });
  expect(await loads.left()).toEqual([]);
  const target = loads.targets[0]!;
  const rows = succeeded ? 50 : 0;
  expect(await target.query('select count(*)::int as rows from hr.employees')).toEqual([{ rows }]);
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  expect(await loads.services.store.list('locks/')).toEqual([]);
}

describe.each([
  ['a temporary instance', {}],
  ['serverless', { mode: 'serverless' }],
])('a load on %s that runs on this machine', (_mode, dms) => {
  test.each(MOMENTS)('interrupted while %s leaves nothing', async (_moment, machine, state) => {
    const loadId = `here-${(count += 1)}`;
    const { services } = loads;
    const interrupt = abortingAt(machine, state);
    const end = await runLoad({ services, loadId, request: loads.request({ dms }), pace: PACE, ...interrupt });
    expect(interrupt.signal.aborted).toBe(true);
    expect(end.known).toBe('result');
    // Its consumer was told before.
    const succeeded = machine === 'tear-down';
    await expectNothingLeft(loadId, succeeded);
    const failure = succeeded ? undefined : { error: 'ExecutionAborted', cause: 'Interrupted by SIGINT.' };
    expect((await loads.resultOf(loadId))?.failure).toEqual(failure && expect.objectContaining(failure));
  });

  test.each(MOMENTS)('and was killed while %s is torn down by the command', async (_moment, machine, state) => {
    const loadId = `here-${(count += 1)}`;
    const input = { loadId, attempt: 1, request: loads.request({ dms }) };
    const killed = abortingAt(machine, state);
    await loads.executions.start('initial-load', `${loadId}-1`, input, {
      ...killed,
      startNested: (nested, name, given) => loads.executions.start(nested, name, given, killed),
    });
    expect(killed.signal.aborted).toBe(true);
    await loads.executions.ended();
    expect(await loads.left()).not.toEqual([]);
    expect(await tearDownLoad({ services: loads.services, loadId, pace: PACE })).toMatchObject({ known: 'result' });
    await expectNothingLeft(loadId, machine === 'tear-down');
  });
});
