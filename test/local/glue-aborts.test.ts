import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runLoad } from '../../local/run-load.ts';
import type { JobReport } from '../../src/load/glue/job/job-document.ts';
import { openGlueLoads, PACE, type GlueLoads } from '../support/glue-loads.ts';
import { glueStandIns, stopGlueStandIns } from '../support/glue-stage.ts';
import { gate } from '../support/gate.ts';
import { tellRule, toldOf } from '../support/late-calls.ts';
import { openTestDatabases } from '../support/postgres.ts';
import {
  entering,
  expectNothingLeft,
  expectStoppedWell,
  statesOf,
  stopAt,
  TEAR_DOWN_STATES,
} from '../support/stopped-loads.ts';

const databases = openTestDatabases();
let loads: GlueLoads;
beforeAll(async () => {
  loads = await openGlueLoads(databases, { atOnce: 2 });
});
beforeEach(() => loads.targets[0]!.query('truncate hr.departments, hr.employees, hr.log'));
afterAll(async () => {
  await loads.close();
  await stopGlueStandIns();
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
  'Load',
  'Where to advance',
  'Advance (control plane)',
  'Shard done?',
  'Wait for shard',
  'Advance',
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
/** Where there is something to be removed that differs. */
const SOME_STATES = ['Plan', 'Provisioned?', 'Wait for shard', 'Advance', 'Verify', 'Tear down'];
/** Everything that Glue makes goes within one call. */
const TEAR_DOWN = TEAR_DOWN_STATES.filter((state) => state !== 'Wait for removal');

const leftBesides = async (loadId: string) => expect(await loads.leftBesides(loadId)).toEqual([]);

test('a load goes through these states, in which it is stopped here', async () => {
  const { loadId, entered } = await statesOf(loads, {});
  const expected = [
    ...[...STATES, 'Succeed'].map((state) => `initial-load: ${state}`),
    ...TEAR_DOWN.map((state) => `tear-down: ${state}`),
  ];
  expect(entered).toEqual(expected.toSorted());
  await expectNothingLeft(loads, loadId, 'InitialLoadSucceeded', '');
});

describe('a load through Glue', () => {
  test.each(STATES)('stopped in the state %s is torn down by the rule on status changes', async (state) => {
    const { loadId, input } = await stopAt(loads, {}, entering('initial-load', state));
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.executions.ended();
    // The tear-down that was stopped with it has used up the name: the sweep takes another one. A choice takes no time, so
    // that what comes after it may have begun.
    if (['Is the consumer awaited?', 'Tear down'].includes(state)) await loads.sweep(1);
    await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionAborted' });
    await leftBesides(loadId);
  });

  test.each(SOME_STATES)(
    'stopped in the state %s without anybody hearing of it is torn down by the sweep',
    async (state) => {
      const { loadId } = await stopAt(loads, {}, entering('initial-load', state));
      expect(await loads.sweep(1)).toEqual([]);
      await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionAborted' });
      await leftBesides(loadId);
    },
  );

  test.each(SOME_STATES)('whose time is over in the state %s is torn down as one that timed out', async (state) => {
    const { loadId } = await stopAt(loads, {}, entering('initial-load', state));
    // The input is left out of the event when it is too long.
    await tellRule(`${loadId}-1`, 'TIMED_OUT', null);
    await loads.executions.ended();
    if (state === 'Tear down') await loads.sweep(1);
    await expectStoppedWell(loads, loadId, { states: STATES, state, failure: 'ExecutionTimedOut' });
    await leftBesides(loadId);
  });

  test.each(TEAR_DOWN)('whose tear-down is stopped in the state %s with it is ended by the sweep', async (state) => {
    const { loadId, input } = await stopAt(loads, {}, entering('tear-down', state));
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.sweep(1);
    await expectNothingLeft(loads, loadId, 'InitialLoadSucceeded', '');
    await leftBesides(loadId);
  });

  test('stopped while its job runs for good: the run is stopped before the job goes, and is paid for no longer', async () => {
    const { glue } = await glueStandIns();
    glue.nextRun({ neverEnds: true });
    let polls = 0;
    const { loadId, input } = await stopAt(loads, {}, (event) => {
      return entering('initial-load', 'Wait for shard')(event) && (polls += 1) === 3;
    });
    expect(await loads.left(loadId)).toHaveLength(3);
    const asked = glue.requests.length;
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.executions.ended();
    const changes = glue.requests.slice(asked).map(({ operation }) => operation);
    const [stopped, deleted] = ['BatchStopJobRun', 'DeleteJob'].map((operation) => changes.indexOf(operation));
    expect(stopped).toBeGreaterThan(-1);
    expect(deleted).toBeGreaterThan(stopped!);
    await expectNothingLeft(loads, loadId, 'InitialLoadFailed', 'ExecutionAborted');
  });

  test('that takes longer than the definition gives its execution is torn down', async () => {
    const { glue } = await glueStandIns();
    glue.nextRun({ neverEnds: true });
    const loadId = 'takes-too-long';
    const input = { loadId, attempt: 1, request: loads.request({ limits: { deadlineMinutes: 20_160 } }) };
    // Of the definition's 20 days that is two seconds.
    const end = await loads.executions.start('initial-load', `${loadId}-1`, input, { pace: 864_000 });
    expect(end.status).toBe('TIMED_OUT');
    await tellRule(`${loadId}-1`, end.status, null);
    await loads.executions.ended();
    await loads.sweep(2);
    await expectNothingLeft(loads, loadId, 'InitialLoadFailed', 'ExecutionTimedOut');
  });
});

describe('a load through Glue that runs on this machine', () => {
  test.each([
    ['it has made everything', 'initial-load', 'Provisioned?'],
    ['the job runs', 'initial-load', 'Wait for shard'],
    ['it tears down', 'tear-down', 'Removed?'],
  ] as const)('interrupted while %s leaves nothing', async (_moment, machine, state) => {
    const loadId = `here-${state.replaceAll(/\W/g, '').toLowerCase()}`;
    const interrupt = new AbortController();
    const at = entering(machine, state);
    const end = await runLoad({
      services: loads.services,
      loadId,
      request: loads.request(),
      pace: PACE,
      signal: interrupt.signal,
      onEvent: (event) => {
        if (at(event)) interrupt.abort(new Error('Interrupted by SIGINT.'));
      },
    });
    expect(interrupt.signal.aborted).toBe(true);
    expect(end.known).toBe('result');
    // Its consumer was told before.
    const succeeded = machine === 'tear-down';
    const told = succeeded ? 'InitialLoadSucceeded' : 'InitialLoadFailed';
    await expectNothingLeft(loads, loadId, told, 'ExecutionAborted');
    if (!succeeded) expect((await loads.resultOf(loadId))?.failure?.cause).toBe('Interrupted by SIGINT.');
    await leftBesides(loadId);
  });
});

test('two loads at once share nothing, and both succeed', async () => {
  const ends = await Promise.all([loads.run('at-once-1', {}, 0), loads.run('at-once-2', {}, 1)]);
  for (const end of ends) expect(end).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
  expect(await loads.left()).toEqual([]);
  expect([...(await loads.leftBesides('at-once-1', 0)), ...(await loads.leftBesides('at-once-2', 1))]).toEqual([]);
});

describe('a next attempt at a load whose rows are kept goes on: what is published is not loaded again', () => {
  const keep = { onFailure: 'keep' };
  /** Which transactions wrote the table that is loaded first. */
  const written = () => loads.targets[0]!.query('select distinct xmin::text as by from hr.departments');
  const isHalfWay = ({ state, tables }: JobReport) => state === 'running' && tables[0]!.state === 'done';

  async function expectItGoesOn(loadId: string): Promise<void> {
    loads.misreports.delete(loadId);
    expect(await loads.left()).toEqual([]);
    const before = await written();
    expect(before).toHaveLength(1);
    expect(await loads.run(loadId, keep, 0, 2)).toMatchObject({
      attempt: 2,
      status: 'SUCCEEDED',
      tearDown: 'complete',
    });
    expect(await written()).toEqual(before);
    await expectNothingLeft(loads, loadId, 'InitialLoadSucceeded', '');
    await leftBesides(loadId);
  }

  test('after a run that failed', async () => {
    loads.misreports.set('failed-half-way', (report) => {
      if (isHalfWay(report)) throw new Error('The worker is lost');
      return report;
    });
    const result = await loads.run('failed-half-way', keep);
    expect(result).toMatchObject({ status: 'FAILED', tearDown: 'kept' });
    expect(result?.failure?.cause).toMatch(/The worker is lost/);
    loads.told.length = 0;
    await expectItGoesOn('failed-half-way');
  });

  test('after an abort in the middle of a run', async () => {
    const { pass, reached, release } = gate();
    let isThere = false;
    void reached.then(() => (isThere = true));
    const { loadId, input } = await stopAt(loads, keep, (event, id) => {
      if (!loads.misreports.has(id)) {
        loads.misreports.set(id, async (report) => {
          if (isHalfWay(report)) await pass();
          return report;
        });
      }
      return isThere && entering('initial-load', 'Wait for shard')(event);
    });
    release();
    await tellRule(`${loadId}-1`, 'ABORTED', input);
    await loads.executions.ended();
    expect(await loads.resultOf(loadId)).toMatchObject({ status: 'FAILED', tearDown: 'kept' });
    expect(toldOf(loads, loadId)).toEqual(['InitialLoadFailed']);
    loads.told.length = 0;
    await expectItGoesOn(loadId);
  });
});
