import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { handler as statusChanged } from '../../functions/status-changed.ts';
import { glue } from '../../src/aws/clients.ts';
import { openGlueLoads, type GlueLoads } from '../support/glue-loads.ts';
import { glueStandIns, stopGlueStandIns } from '../support/glue-stage.ts';
import { openTestDatabases } from '../support/postgres.ts';
import { allowed, recordCalls, type Recorder } from './recorder.ts';
import { packageStack, type Package } from './template.ts';

const PATIENCE_MS = 300_000;

const databases = openTestDatabases();
let stack: Package;
let loads: GlueLoads;
let recorder: Recorder;
let service: Awaited<ReturnType<typeof glueStandIns>>['glue'];

beforeAll(async () => {
  stack = await packageStack();
  loads = await openGlueLoads(databases);
  ({ glue: service } = await glueStandIns());
  recorder = recordCalls();
  const { client } = await glue();
  client.middlewareStack.add(
    (next, { commandName }) =>
      (given) => {
        recorder.hear(commandName);
        return next(given);
      },
    { step: 'initialize' },
  );
}, PATIENCE_MS);
afterAll(async () => {
  await loads?.close();
  await stopGlueStandIns();
  await databases.dropAll();
  if (stack) await rm(dirname(stack.folder), { recursive: true, force: true });
});

test(
  'a load succeeds, though the answer to each of its creates and to its start is lost',
  async () => {
    const lost = ['CreateConnection', 'CreateJob', 'StartJobRun'];
    for (const operation of lost) service.faults.next({ operation, kind: 'lost after' });
    expect(await loads.run('of-its-own')).toMatchObject({ status: 'SUCCEEDED', tearDown: 'complete' });
    expect(service.faults.injected.map(({ operation }) => operation)).toEqual(lost);
    expect(await loads.left('of-its-own')).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'a load that is aborted while its job runs is attempted again, which stops the run that is left, and aborted for good',
  async () => {
    const first = await abortWhileRunning(1);
    expect(await loads.left('aborted')).toContainEqual(expect.stringContaining('job run'));
    const second = await abortWhileRunning(2);
    expect([first, second]).toEqual(['ABORTED', 'ABORTED']);
    const detail = { name: 'aborted-2', status: 'ABORTED', input: JSON.stringify(inputOf(2)) };
    await recorder.as('statusChanged', () => statusChanged({ detail }, { getRemainingTimeInMillis: () => 60_000 }));
    await loads.executions.ended();
    expect(await loads.left('aborted')).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'what a tear-down could not remove, of a load that the store has forgotten, is found by its tags and removed',
  async () => {
    for (const operation of ['DeleteJob', 'DeleteConnection']) {
      service.faults.next({ operation, kind: 'access denied', times: 6 });
    }
    expect(await loads.run('left')).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete' });
    service.faults.clear();
    expect(await loads.left('left')).toHaveLength(2);
    const { store } = loads.services;
    for (const path of await store.list('loads/left/')) await store.remove(path);
    const found = await recorder.as('sweep', () => loads.sweep());
    expect(
      found
        .filter(({ loadId }) => loadId === 'left')
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['Glue connection', 'Glue job']);
    expect(await loads.left()).toEqual([]);
  },
  PATIENCE_MS,
);

test('these loads asked of Glue, function by function, what the packaged roles allow, and nothing else', () => {
  expect(recorder.needed(stack, 'glue:')).toEqual(allowed(stack, 'glue:'));
});

function inputOf(attempt: number): { loadId: string; attempt: number; request: unknown } {
  return { loadId: 'aborted', attempt, request: loads.request() };
}

/** An attempt whose job comes to no end, until Glue is asked how it is. */
async function abortWhileRunning(attempt: number): Promise<string> {
  service.nextRun({ neverEnds: true });
  const stop = new AbortController();
  const first = service.requests.length;
  const onEvent = () => {
    const asked = service.requests.slice(first).some(({ operation }) => operation === 'GetJobRun');
    if (asked) stop.abort();
  };
  const name = `aborted-${attempt}`;
  const end = await loads.executions.start('initial-load', name, inputOf(attempt), { signal: stop.signal, onEvent });
  await end.invocationsEnded;
  return end.status;
}
