import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MachineEvent } from '../../local/run-machine.ts';
import { LoadDocuments, stateDocument } from '../../src/store/documents.ts';
import { openDmsLoads, type DmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns, type AwsStandIns } from '../support/dms-stage.ts';
import { newLoad, tellRule, toldOf } from '../support/late-calls.ts';
import { openTestDatabases } from '../support/postgres.ts';

const databases = openTestDatabases();
let loads: DmsLoads;
let aws: AwsStandIns;
beforeAll(async () => {
  loads = await openDmsLoads(databases);
  aws = await awsStandIns();
});
beforeEach(() => loads.targets[0]!.query('truncate hr.departments, hr.employees, hr.log'));
afterAll(async () => {
  await loads.close();
  await stopAwsStandIns();
  await databases.dropAll();
});

/** In the order in which a load goes through them that succeeds. */
const STATES = [
  'Accept',
  'Plan',
  'Prepare target',
  'Target prepared?',
  'Where to provision',
  'Provision (control plane)',
  'Provisioned?',
  'Wait for provisioning',
  'Load',
  'Where to advance',
  'Advance (control plane)',
  'Shard done?',
  'Wait for shard',
  'Shard ended',
  'Check shards',
  'Restore target',
  'Target restored?',
  'Verify',
  'Verified?',
  'Notify consumer',
  'Tear down',
  'Result',
  'Succeeded?',
];
const TEAR_DOWN_STATES = [
  'Close the load',
  'Where to remove',
  'Remove (control plane)',
  'Removed?',
  'Wait for removal',
  'Restore target',
  'Target restored?',
  'Notify failure',
  'Record',
];
/** Where there is something to be removed that differs between the modes. */
const SOME_STATES = [
  'Plan',
  'Wait for provisioning',
  'Advance (control plane)',
  'Wait for shard',
  'Verify',
  'Tear down',
];
const MODES: [mode: string, dms: object, makes: number, unheardOf: string[]][] = [
  ['a temporary instance', {}, 5, STATES],
  ['serverless', { mode: 'serverless' }, 4, SOME_STATES],
];

/** Stops the execution, and the tear-down that it waits for, where an event says so; no Catch of them runs. */
async function stopAt(dms: object, where: (event: MachineEvent, loadId: string) => boolean) {
  const input = newLoad(loads, { dms });
  const { loadId } = input;
  const name = `${loadId}-1`;
  const stop = new AbortController();
  const onEvent = (event: MachineEvent) => {
    if (where(event, loadId)) stop.abort();
  };
  const hooks = { signal: stop.signal, onEvent };
  const end = await loads.executions.start('initial-load', name, input, {
    ...hooks,
    startNested: (machine, execution, given) => loads.executions.start(machine, execution, given, hooks),
  });
  expect([stop.signal.aborted, end.status]).toEqual([true, 'ABORTED']);
  // What is stopped while a function works on it: that story is told in dms-late-calls.test.ts.
  await loads.executions.ended();
  return { loadId, input };
}

const rows = async () => {
  const [counted] = await loads.targets[0]!.query(`
    select (select count(*)::int from hr.departments) as departments, (select count(*)::int from hr.employees) as employees,
      (select count(*)::int from hr.log) as log`);
  return counted;
};
const FULL = { departments: 5, employees: 50, log: 20 };
const EMPTY = { departments: 0, employees: 0, log: 0 };

type Told = 'InitialLoadSucceeded' | 'InitialLoadFailed';

/**
 * Nothing in DMS, the target as it was found unless the consumer was told of success, and nothing held in the store. Of an
 * acceptance that did not get so far there is nothing that anybody could be told.
 */
async function expectNothingLeft(loadId: string, told: Told | 'as far as it was accepted', failure: string) {
  expect(await loads.left()).toEqual([]);
  const heard = toldOf(loads, loadId);
  if (told === 'as far as it was accepted') expect([[], ['InitialLoadFailed']]).toContainEqual(heard);
  else expect(heard).toEqual([told]);

  const result = await loads.resultOf(loadId);
  const succeeded = heard[0] === 'InitialLoadSucceeded';
  if (result !== undefined) {
    expect(result).toMatchObject({ status: succeeded ? 'SUCCEEDED' : 'FAILED', tearDown: 'complete' });
    expect(result.failure?.error).toBe(succeeded ? undefined : failure);
  }
  const state = await new LoadDocuments(loads.services.store, loadId).read(stateDocument);
  expect(state?.status).toBe(result && 'finished');

  const target = loads.targets[0]!;
  expect(await rows()).toEqual(succeeded ? FULL : EMPTY);
  expect(await target.query(`select conname from pg_constraint where contype = 'f' and convalidated`)).toHaveLength(1);
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  expect(await loads.services.store.list('locks/')).toEqual([]);
}

function expectedOf(state: string): Told | 'as far as it was accepted' | undefined {
  if (state === 'Accept') return 'as far as it was accepted';
  // Between them nothing is waited for, and what is stopped in them may have been told, or not yet.
  if (state === 'Verified?' || state === 'Notify consumer') return undefined;
  return STATES.indexOf(state) > STATES.indexOf('Notify consumer') ? 'InitialLoadSucceeded' : 'InitialLoadFailed';
}

/** Where it could have been told of success or not, the result says which. */
async function expectStoppedWell(loadId: string, state: string, failure: string) {
  const succeeded = (await loads.resultOf(loadId))?.status === 'SUCCEEDED';
  await expectNothingLeft(
    loadId,
    expectedOf(state) ?? (succeeded ? 'InitialLoadSucceeded' : 'InitialLoadFailed'),
    failure,
  );
}

const entering =
  (machine: MachineEvent['machine'], state: string) =>
  (event: MachineEvent): boolean =>
    event.machine === machine && event.state === state && event.what === 'entered';

describe.each(MODES)('a load on %s', (_mode, dms, makes, unheardOf) => {
  test('goes through these states, in which it is stopped here', async () => {
    const input = newLoad(loads, { dms });
    const entered = new Set<string>();
    const onEvent = ({ machine, state, what }: MachineEvent) => {
      if (what === 'entered') entered.add(`${machine}: ${state}`);
    };
    await loads.executions.start('initial-load', `${input.loadId}-1`, input, {
      onEvent,
      startNested: (machine, execution, given) => loads.executions.start(machine, execution, given, { onEvent }),
    });
    const expected = [
      ...[...STATES, 'Succeed'].map((state) => `initial-load: ${state}`),
      ...TEAR_DOWN_STATES.map((state) => `tear-down: ${state}`),
    ];
    expect([...entered].toSorted()).toEqual(expected.toSorted());
    await expectNothingLeft(input.loadId, 'InitialLoadSucceeded', '');
  });

  test.each(STATES)('stopped in the state %s is torn down by the rule on status changes', async (state) => {
    const { loadId, input } = await stopAt(dms, entering('initial-load', state));
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.executions.ended();
    // The tear-down that was stopped with it has used up the name: the sweep takes another one.
    if (state === 'Tear down') await loads.sweep(1);
    await expectStoppedWell(loadId, state, 'ExecutionAborted');
  });

  test.each(unheardOf)(
    'stopped in the state %s without anybody hearing of it is torn down by the sweep',
    async (state) => {
      const { loadId } = await stopAt(dms, entering('initial-load', state));
      expect(await loads.sweep(1)).toEqual([]);
      await expectStoppedWell(loadId, state, 'ExecutionAborted');
    },
  );

  test.each(Array.from({ length: makes }, (_, index) => index + 1))(
    'stopped when it has made %i resources, all of them are removed',
    async (made) => {
      const there = (loadId: string) => aws.resources().filter(({ id }) => id.startsWith(loads.nameOf(loadId)));
      const { loadId, input } = await stopAt(dms, (event, id) => {
        return entering('initial-load', 'Wait for provisioning')(event) && there(id).length === made;
      });
      expect(there(loadId)).toHaveLength(made);
      await tellRule(`${loadId}-1`, 'ABORTED', input);
      await loads.executions.ended();
      await expectNothingLeft(loadId, 'InitialLoadFailed', 'ExecutionAborted');
    },
  );

  test.each(SOME_STATES)('whose time is over in the state %s is torn down as one that timed out', async (state) => {
    const { loadId } = await stopAt(dms, entering('initial-load', state));
    // The input is left out of the event when it is too long.
    await tellRule(`${loadId}-1`, 'TIMED_OUT', null);
    await loads.executions.ended();
    if (state === 'Tear down') await loads.sweep(1);
    await expectStoppedWell(loadId, state, 'ExecutionTimedOut');
  });

  test.each(TEAR_DOWN_STATES)(
    'whose tear-down is stopped in the state %s with it is ended by the sweep',
    async (state) => {
      const { loadId, input } = await stopAt(dms, entering('tear-down', state));
      await tellRule(`${loadId}-1`, 'ABORTED', input);
      await loads.sweep(1);
      await expectNothingLeft(loadId, 'InitialLoadSucceeded', '');
    },
  );
});
