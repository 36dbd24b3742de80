import { expect } from '@jest/globals';
import type { MachineEvent } from '../../local/run-machine.ts';
import { LoadDocuments, stateDocument } from '../../src/store/documents.ts';
import { newLoad, toldOf } from './late-calls.ts';
import type { WholeLoads } from './whole-loads.ts';

/** In the order in which a tear-down goes through them. */
export const TEAR_DOWN_STATES = [
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
const FULL = { departments: 5, employees: 50, log: 20 };
const EMPTY = { departments: 0, employees: 0, log: 0 };

type Told = 'InitialLoadSucceeded' | 'InitialLoadFailed';

export function entering(machine: MachineEvent['machine'], state: string): (event: MachineEvent) => boolean {
  return (event) => event.machine === machine && event.state === state && event.what === 'entered';
}

/** Which states a load goes through, of both machines, when nothing happens to it. */
export async function statesOf(loads: WholeLoads, more: Record<string, unknown>) {
  const input = newLoad(loads, more);
  const entered = new Set<string>();
  const onEvent = ({ machine, state, what }: MachineEvent) => {
    if (what === 'entered') entered.add(`${machine}: ${state}`);
  };
  await loads.executions.start('initial-load', `${input.loadId}-1`, input, {
    onEvent,
    startNested: (machine, execution, given) => loads.executions.start(machine, execution, given, { onEvent }),
  });
  return { loadId: input.loadId, entered: [...entered].toSorted() };
}

/** Stops the execution, and the tear-down that it waits for, where an event says so; no Catch of them runs. */
export async function stopAt(
  loads: WholeLoads,
  more: Record<string, unknown>,
  where: (event: MachineEvent, loadId: string) => boolean,
) {
  const input = newLoad(loads, more);
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
  // What is stopped while a function works on it: that story is told in the tests of late calls.
  await loads.executions.ended();
  return { loadId, input };
}

/**
 * Nothing in the service, the target as it was found unless the consumer was told of success, and nothing held in the
 * store. Of an acceptance that did not get so far there is nothing that anybody could be told.
 */
export async function expectNothingLeft(
  loads: WholeLoads,
  loadId: string,
  told: Told | 'as far as it was accepted',
  failure: string,
): Promise<void> {
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
  const { store } = loads.services;
  const state = await new LoadDocuments(store, loadId).read(stateDocument);
  expect(state?.status).toBe(result && 'finished');

  const target = loads.targets[0]!;
  const [rows] = await target.query(`
    select (select count(*)::int from hr.departments) as departments, (select count(*)::int from hr.employees) as employees,
      (select count(*)::int from hr.log) as log`);
  expect(rows).toEqual(succeeded ? FULL : EMPTY);
  expect(await target.query(`select conname from pg_constraint where contype = 'f' and convalidated`)).toHaveLength(1);
  expect(await target.query(`select relname from pg_class where relname like 'il-%'`)).toEqual([]);
  expect(await store.list('locks/')).toEqual([]);
}

/**
 * Where it could have been told of success or not, the result says which.
 * @param states in the order in which a load goes through them that succeeds
 */
export async function expectStoppedWell(
  loads: WholeLoads,
  loadId: string,
  { states, state, failure }: { states: string[]; state: string; failure: string },
): Promise<void> {
  const succeeded = (await loads.resultOf(loadId))?.status === 'SUCCEEDED';
  const told = expectedOf(states, state) ?? (succeeded ? 'InitialLoadSucceeded' : 'InitialLoadFailed');
  await expectNothingLeft(loads, loadId, told, failure);
}

function expectedOf(states: string[], state: string): Told | 'as far as it was accepted' | undefined {
  if (state === 'Accept') return 'as far as it was accepted';
  // Between them nothing is waited for, and what is stopped in them may have been told, or not yet.
  if (state === 'Verified?' || state === 'Notify consumer') return undefined;
  return states.indexOf(state) > states.indexOf('Notify consumer') ? 'InitialLoadSucceeded' : 'InitialLoadFailed';
}
