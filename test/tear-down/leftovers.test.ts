import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptLoad } from '../../src/load/accept-load.ts';
import type { StepRegistry } from '../../src/load/strategy.ts';
import type { LoadResult, TornDown } from '../../src/model.ts';
import type { StepAnswer } from '../../src/step.ts';
import {
  LoadDocuments,
  documentName,
  resultDocument,
  stateDocument,
  tornDownDocument,
} from '../../src/store/documents.ts';
import { closeLoad } from '../../src/tear-down/close.ts';
import { notifyFailure } from '../../src/tear-down/notify-failure.ts';
import { recordResult } from '../../src/tear-down/record.ts';
import { removeIn } from '../../src/tear-down/remove.ts';
import { restoreAfterwards } from '../../src/tear-down/restore.ts';
import type { TearDownInput } from '../../src/tear-down/tear-down-input.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices, type MemoryServices } from '../support/memory-services.ts';

const instance: TornDown = { type: 'DMS replication instance', id: 'il-1-instance', status: 'deleted' };
const table: TornDown = { type: 'table', id: 'il-1-shards', status: 'deleted' };

let services: MemoryServices;
let documents: LoadDocuments;
/** The names of loads whose leftovers were removed. */
let removed: string[];
let found: { answer: StepAnswer; tornDown: TornDown[] };
const steps: StepRegistry = {
  dms: {
    leftovers: {
      find: () => Promise.reject(new Error('Finding is for the sweep.')),
      remove: async (load) => {
        removed.push(load.loadId);
        await load.documents.write(documentName('dms/removing.json'), {});
        return found;
      },
    },
  },
};

beforeEach(() => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
  removed = [];
  found = { answer: { status: 'done' }, tornDown: [instance] };
});

/** A load that has ended, as the store keeps it. */
async function ended(result: Partial<LoadResult> = {}): Promise<void> {
  await accept();
  await documents.write(stateDocument, { ...(await documents.need(stateDocument)), status: 'finished' });
  await documents.write(tornDownDocument, [table]);
  const told = { attempt: 1, status: 'SUCCEEDED', tearDown: 'complete', tornDown: [table], ...result };
  await documents.write(resultDocument, told as LoadResult);
}

async function accept(attempt = 1): Promise<void> {
  await acceptLoad(`mailer-${attempt}`, { loadId: 'mailer', attempt, request: writtenRequest() }, services);
}

/** The steps as the machine calls them. */
async function tearDown(attempt: number, begun = async () => {}): Promise<TearDownInput> {
  const input: TearDownInput = { loadId: 'mailer', attempt, leftovers: 'dms' };
  input.closed = await closeLoad(input, services);
  if (input.closed.status === 'left-alone') return input;
  await begun();
  await removeIn(steps)(input, services).catch((error: unknown) => {
    input.removeProblem = { Error: 'Error', Cause: (error as Error).message };
  });
  await restoreAfterwards(input, services);
  await notifyFailure(input, services);
  await recordResult(input, services);
  return input;
}

describe('what the sweep found of a load', () => {
  test('that has ended is removed in the control plane, and added to its result', async () => {
    await ended();
    expect(await tearDown(1)).toMatchObject({ closed: { status: 'closed', plane: 'control' } });
    expect(removed).toEqual(['mailer']);
    expect(await documents.read(resultDocument)).toMatchObject({
      status: 'SUCCEEDED',
      tearDown: 'complete',
      tornDown: [table, instance],
    });
    expect(await documents.read(tornDownDocument)).toEqual([table, instance]);
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'finished', attempt: 1 });
    expect(services.sent).toEqual([]);
  });

  test('that the store does not know is removed, and what it was stays told', async () => {
    await tearDown(0);
    expect(removed).toEqual(['mailer']);
    expect([...services.documents.keys()]).toEqual(['loads/mailer/torn-down.json']);
    expect(await documents.read(tornDownDocument)).toEqual([instance]);
  });

  test('of which only a result is known is removed, and added to that', async () => {
    await documents.write(resultDocument, {
      attempt: 3,
      tearDown: 'complete',
      tornDown: [table],
    } as unknown as LoadResult);
    await tearDown(3);
    expect(await documents.read(resultDocument)).toMatchObject({ tornDown: [table, instance] });
    expect([...services.documents.keys()].sort()).toEqual(['loads/mailer/result.json', 'loads/mailer/torn-down.json']);
  });

  test('that could not be removed is told as such, and as removed once it is', async () => {
    await ended();
    found = { answer: { status: 'done' }, tornDown: [{ ...instance, status: 'failed', detail: 'denied' }] };
    await tearDown(1);
    expect(await documents.read(resultDocument)).toMatchObject({ status: 'SUCCEEDED', tearDown: 'incomplete' });
    found = { answer: { status: 'done' }, tornDown: [instance] };
    await tearDown(1);
    expect(await documents.read(resultDocument)).toMatchObject({ tearDown: 'complete', tornDown: [table, instance] });
  });

  test('when removing breaks off is told, and no more once it went through', async () => {
    await ended();
    const { dms } = steps;
    steps.dms = {};
    await tearDown(1);
    expect(await documents.read(resultDocument)).toMatchObject({
      tearDown: 'incomplete',
      tornDown: [table, { type: 'step', id: 'Remove', status: 'failed' }],
    });
    steps.dms = dms!;
    await tearDown(1);
    expect(await documents.read(resultDocument)).toMatchObject({ tearDown: 'complete', tornDown: [table, instance] });
  });

  test('is removed until nothing is left to wait for', async () => {
    await ended();
    found = { answer: { status: 'working', waitSeconds: 15 }, tornDown: [] };
    const input: TearDownInput = { loadId: 'mailer', attempt: 1, leftovers: 'dms' };
    expect(await removeIn(steps)(input, services)).toEqual({ status: 'working', waitSeconds: 15 });
  });
});

describe('a new attempt that begins meanwhile keeps what is its own', () => {
  const untouched = async () => ({
    removed,
    state: await documents.read(stateDocument),
    tornDown: (await documents.read(resultDocument))?.tornDown,
  });
  const asBegun = { removed: [], state: { attempt: 2, status: 'open' }, tornDown: [table] };

  test('before the load is closed', async () => {
    await ended();
    await accept(2);
    expect(await tearDown(1)).toMatchObject({ closed: { status: 'left-alone' } });
    expect(await untouched()).toMatchObject(asBegun);
  });

  test('after the load was closed', async () => {
    await ended();
    await tearDown(1, () => accept(2));
    expect(await untouched()).toMatchObject(asBegun);
  });

  test('as soon as it has claimed its number, before the store says that it is open', async () => {
    await ended();
    await documents.write(documentName('attempts/2.json'), { execution: 'mailer-2' });
    expect(await tearDown(1)).toMatchObject({ closed: { status: 'left-alone' } });
    expect(removed).toEqual([]);
  });

  test('of a load that was not known', async () => {
    await tearDown(0, () => accept(1));
    expect(removed).toEqual([]);
    expect(await documents.read(stateDocument)).toMatchObject({ attempt: 1, status: 'open' });
  });

  test.each(['open', 'closed', 'kept'] as const)('also when it is %s under the same number', async (status) => {
    await accept();
    await documents.write(stateDocument, { ...(await documents.need(stateDocument)), status });
    expect(await tearDown(1)).toMatchObject({ closed: { status: 'left-alone' } });
  });
});
