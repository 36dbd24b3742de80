import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openDmsLoads } from '../support/dms-loads.ts';
import { awsStandIns, stopAwsStandIns, type AwsStandIns } from '../support/dms-stage.ts';
import { tellRule } from '../support/late-calls.ts';
import { openTestDatabases } from '../support/postgres.ts';
import {
  entering,
  expectNothingLeft,
  expectStoppedWell,
  statesOf,
  stopAt,
  TEAR_DOWN_STATES,
} from '../support/stopped-loads.ts';
import type { WholeLoads } from '../support/whole-loads.ts';

const databases = openTestDatabases();
let loads: WholeLoads;
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
  'Is the consumer awaited?',
  'Tear down',
  'Result',
  'Succeeded?',
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

describe.each(MODES)('a load on %s', (_mode, dms, makes, unheardOf) => {
  test('goes through these states, in which it is stopped here', async () => {
    const { loadId, entered } = await statesOf(loads, { dms });
    const expected = [
      ...[...STATES, 'Succeed'].map((state) => `initial-load: ${state}`),
      ...TEAR_DOWN_STATES.map((state) => `tear-down: ${state}`),
    ];
    expect(entered).toEqual(expected.toSorted());
    await expectNothingLeft(loads, loadId, 'InitialLoadSucceeded', '');
  });

  test.each(STATES)('stopped in the state %s is torn down by the rule on status changes', async (state) => {
    const { loadId, input } = await stopAt(loads, { dms }, entering('initial-load', state));
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.executions.ended();
    // The tear-down that was stopped with it has used up the name: the sweep takes another one. A choice takes no time, so
    // that what comes after it may have begun.
    if (['Is the consumer awaited?', 'Tear down'].includes(state)) await loads.sweep(1);
    await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionAborted' });
  });

  test.each(unheardOf)(
    'stopped in the state %s without anybody hearing of it is torn down by the sweep',
    async (state) => {
      const { loadId } = await stopAt(loads, { dms }, entering('initial-load', state));
      expect(await loads.sweep(1)).toEqual([]);
      await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionAborted' });
    },
  );

  test.each(Array.from({ length: makes }, (_, index) => index + 1))(
    'stopped when it has made %i resources, all of them are removed',
    async (made) => {
      const there = (loadId: string) => aws.resources().filter(({ id }) => id.startsWith(loads.nameOf(loadId)));
      const { loadId, input } = await stopAt(loads, { dms }, (event, id) => {
        return entering('initial-load', 'Wait for provisioning')(event) && there(id).length === made;
      });
      expect(there(loadId)).toHaveLength(made);
      await tellRule(`${loadId}-1`, 'ABORTED', input);
      await loads.executions.ended();
      await expectNothingLeft(loads, loadId, 'InitialLoadFailed', 'ExecutionAborted');
    },
  );

  test.each(SOME_STATES)('whose time is over in the state %s is torn down as one that timed out', async (state) => {
    const { loadId } = await stopAt(loads, { dms }, entering('initial-load', state));
    // The input is left out of the event when it is too long.
    await tellRule(`${loadId}-1`, 'TIMED_OUT', null);
    await loads.executions.ended();
    if (state === 'Tear down') await loads.sweep(1);
    await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionTimedOut' });
  });

  test.each(TEAR_DOWN_STATES)(
    'whose tear-down is stopped in the state %s with it is ended by the sweep',
    async (state) => {
      const { loadId, input } = await stopAt(loads, { dms }, entering('tear-down', state));
      await tellRule(`${loadId}-1`, 'ABORTED', input);
      await loads.sweep(1);
      await expectNothingLeft(loads, loadId, 'InitialLoadSucceeded', '');
    },
  );
});
