import { beforeEach, describe, expect, test } from '@jest/globals';
import { provideServices } from '../../functions/services.ts';
import { handler } from '../../functions/acknowledge.ts';
import { acceptLoad } from '../../src/load/accept-load.ts';
import { acknowledgeLoad } from '../../src/load/acknowledge.ts';
import type { LoadResult, Plan, TableVerification } from '../../src/model.ts';
import {
  acknowledgedDocument,
  LoadDocuments,
  outcomeDocument,
  planDocument,
  resultDocument,
  stateDocument,
  verificationDocument,
} from '../../src/store/documents.ts';
import type { LoadState } from '../../src/store/documents.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

let services: MemoryServices;
let documents: LoadDocuments;
beforeEach(async () => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
  await acceptLoad('mailer-1', writtenRequest(), services);
  await documents.write(planDocument, { strategy: 'kafka-topic', awaitsConsumer: true } as Plan);
  await documents.write(verificationDocument, [{ verified: true } as TableVerification]);
});

const acknowledge = () => acknowledgeLoad({ loadId: 'mailer' }, services);
const putState = async (part: Partial<LoadState>) =>
  documents.write(stateDocument, { ...(await documents.need(stateDocument)), ...part });
const failed = { attempt: 1, failure: { error: 'DeadlineError', cause: '', advice: '' } };

describe('an acknowledgement', () => {
  test('decides that the load has succeeded', async () => {
    const said = { loadId: 'mailer', attempt: 1, acknowledgedAt: '2026-03-01T12:00:00.000Z' };
    expect(await acknowledge()).toEqual(said);
    expect(await documents.read(acknowledgedDocument)).toEqual({ acknowledgedAt: said.acknowledgedAt });
    expect(await documents.read(outcomeDocument)).toEqual({ attempt: 1 });
  });

  test('said again answers what was said first, also when the load has ended since', async () => {
    const first = await acknowledge();
    services.clock.now = new Date('2026-03-01T13:00:00.000Z');
    expect(await acknowledge()).toEqual(first);
    await putState({ status: 'finished' });
    expect(await acknowledge()).toEqual(first);
  });

  test('is of one attempt: the next one is awaited anew', async () => {
    await acknowledge();
    await acceptLoad('mailer-2', writtenRequest(), services);
    expect(await documents.read(acknowledgedDocument)).toBeUndefined();
    await expect(acknowledge()).rejects.toThrow('not verified yet');
  });

  test('by the consumer itself, through the function, may say who it is', async () => {
    provideServices(services);
    const answer = await handler({ loadId: 'mailer', by: 'mailer-7' }, { getRemainingTimeInMillis: () => 60_000 });
    expect(answer).toMatchObject({ attempt: 1, by: 'mailer-7' });
    expect(await documents.read(acknowledgedDocument)).toMatchObject({ by: 'mailer-7' });
  });

  test.each([{}, { loadId: 7 }, { loadId: '../x' }])('of %j is refused by the function', async (input) => {
    provideServices(services);
    await expect(handler(input, { getRemainingTimeInMillis: () => 60_000 })).rejects.toThrow(/^loadId/);
  });
});

describe('nothing is acknowledged, and one sentence says why,', () => {
  test.each<[story: string, set: () => Promise<unknown>, why: string]>([
    ['when nobody knows the load', () => documents.remove(stateDocument), 'there is no such load in memory:'],
    [
      'when it does not await its consumer',
      () => documents.write(planDocument, { strategy: 'direct' } as Plan),
      'there is nothing to acknowledge: by the strategy direct it does not wait for its consumer',
    ],
    ['when it is not verified yet', () => documents.remove(verificationDocument), 'it is not verified yet'],
    [
      'when there is a mismatch',
      () => documents.write(verificationDocument, [{ verified: false } as TableVerification]),
      'it is not verified',
    ],
    ['when it is being torn down', () => putState({ status: 'closed' }), 'it has ended'],
    ['when it keeps its rows', () => putState({ status: 'kept' }), 'it has ended'],
    ['when it has ended', () => putState({ status: 'finished' }), 'it has ended'],
    [
      'when only its result is left',
      async () => {
        await documents.remove(stateDocument);
        await documents.write(resultDocument, { attempt: 1 } as LoadResult);
      },
      'it has ended',
    ],
    ['when it is closed at this moment', () => documents.write(outcomeDocument, failed), 'it has ended'],
  ])('%s', async (_story, set, why) => {
    await set();
    await expect(acknowledge()).rejects.toMatchObject({
      name: 'RequestError',
      message: expect.stringContaining(`load ("mailer"): ${why}`),
    });
  });

  test('when it was acknowledged, and had failed before', async () => {
    await documents.write(outcomeDocument, failed);
    await expect(acknowledge()).rejects.toThrow('it has ended');
    await expect(acknowledge()).rejects.toThrow('it has ended');
  });
});
