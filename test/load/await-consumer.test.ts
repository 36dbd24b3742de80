import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptLoad } from '../../src/load/accept-load.ts';
import { acknowledgeLoad } from '../../src/load/acknowledge.ts';
import { awaitConsumer } from '../../src/load/await-consumer.ts';
import { openVerifiedLoad } from '../../src/load/open-load.ts';
import { LoadFailedError } from '../../src/errors.ts';
import type { Plan, Survey, TableVerification } from '../../src/model.ts';
import type { Load } from '../../src/services.ts';
import {
  acknowledgedDocument,
  LoadDocuments,
  outcomeDocument,
  planDocument,
  stateDocument,
  surveyDocument,
  verificationDocument,
  waitingForDocument,
} from '../../src/store/documents.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

const failure = { error: 'ExecutionAborted', cause: 'Somebody stopped it.', advice: '' };
let services: MemoryServices;
let documents: LoadDocuments;
let load: Load;

/** Accepted at noon with four hours, planned to await its consumer, and verified. */
beforeEach(async () => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
  await acceptLoad('mailer-1', writtenRequest(), services);
  await documents.write(surveyDocument, {} as Survey);
  await documents.write(planDocument, { strategy: 'kafka-topic', awaitsConsumer: true } as Plan);
  await documents.write(verificationDocument, [{ verified: true } as TableVerification]);
  load = await openVerifiedLoad({ loadId: 'mailer', attempt: 1 }, services);
});

const after = (minutes: number) =>
  (services.clock.now = new Date(Date.parse('2026-03-01T12:00:00Z') + minutes * 60_000));
const waitingFor = async () => (await documents.read(waitingForDocument))?.what;
const lagging = (...lag: string[]) => Promise.resolve(lag);

describe('awaiting the consumer', () => {
  test('says which partitions lag, and asks again after a twentieth of the time', async () => {
    const findLag = () => lagging('hr.employees, partition 0: 7 records', 'hr.employees, partition 2: 1 record');
    expect(await awaitConsumer(load, findLag)).toEqual({ status: 'working', waitSeconds: 15 });
    expect(await waitingFor()).toBe(
      'the consumer mailer to read: hr.employees, partition 0: 7 records; hr.employees, partition 2: 1 record',
    );
    after(60);
    expect(await awaitConsumer(load, findLag)).toEqual({ status: 'working', waitSeconds: 180 });
    expect(await documents.read(outcomeDocument)).toBeUndefined();
  });

  test('ends when it has read everything: then the load has succeeded', async () => {
    await awaitConsumer(load, () => lagging('partition 0'));
    expect(await awaitConsumer(load, () => lagging())).toEqual({ status: 'done' });
    expect(await documents.read(outcomeDocument)).toEqual({ attempt: 1 });
    expect(await waitingFor()).toBeUndefined();
    // The answer was lost.
    expect(await awaitConsumer(load, () => lagging())).toEqual({ status: 'done' });
  });

  test('ends when it is acknowledged, whatever lags; nobody is asked any more', async () => {
    await acknowledgeLoad({ loadId: 'mailer' }, services);
    const asked = () => Promise.reject(new Error('It is not asked.'));
    expect(await awaitConsumer(load, asked)).toEqual({ status: 'done' });
    expect(await documents.read(outcomeDocument)).toEqual({ attempt: 1 });
  });

  test('ends with an acknowledgement that broke off before it decided anything', async () => {
    await documents.write(acknowledgedDocument, { acknowledgedAt: '2026-03-01T12:00:00.000Z' });
    expect(await awaitConsumer(load, undefined)).toEqual({ status: 'done' });
    expect(await documents.read(outcomeDocument)).toEqual({ attempt: 1 });
  });

  test('by a strategy that cannot tell waits for the acknowledgement alone', async () => {
    expect(await awaitConsumer(load, undefined)).toEqual({ status: 'working', waitSeconds: 15 });
    expect(await waitingFor()).toBe('the consumer mailer to acknowledge the load');
    after(240);
    await expect(awaitConsumer(load, undefined)).rejects.toMatchObject({
      name: 'DeadlineError',
      message: expect.stringMatching(/had not acknowledged the load by .* \(2026-03-01T16:00:00\.000Z\)\.$/),
    });
  });

  test('asks at the deadline once more, and not only after it', async () => {
    after(239.95);
    expect(await awaitConsumer(load, () => lagging('partition 0'))).toEqual({ status: 'working', waitSeconds: 3 });
    after(240);
    expect(await awaitConsumer(load, () => lagging())).toEqual({ status: 'done' });
  });

  test('is over at the deadline, and says what lags, partition by partition', async () => {
    after(240);
    await expect(awaitConsumer(load, () => lagging('partition 0: 7 records', 'partition 1: 1 record'))).rejects.toThrow(
      /The consumer mailer had not read everything by .*: partition 0: 7 records; partition 1: 1 record\.$/,
    );
  });

  test('of hundreds of partitions names a few to who watches, and some more in the failure', async () => {
    const lag = Array.from({ length: 300 }, (_, n) => `partition ${n}: ${'x'.repeat(500)}`);
    await awaitConsumer(load, async () => lag);
    expect(await waitingFor()).toMatch(/partition 2: x+\.\.\.; and 297 more partitions$/);
    after(240);
    const late: unknown = await awaitConsumer(load, async () => lag).catch((error: unknown) => error);
    expect((late as Error).message).toMatch(/partition 19: x+\.\.\.; and 280 more partitions\.$/);
    expect((late as Error).message.length).toBeLessThan(5_000);
  });

  test('is refused for a load that was closed meanwhile, whose topics are gone and lag no more', async () => {
    await documents.write(outcomeDocument, { attempt: 1, failure });
    await expect(awaitConsumer(load, () => lagging())).rejects.toMatchObject({ name: 'LoadClosedError' });
  });

  test('gives as the cause that the load was closed, where that made asking fail', async () => {
    await documents.write(stateDocument, { ...(await documents.need(stateDocument)), status: 'closed' });
    const asked = () => Promise.reject(new LoadFailedError('There is no such topic.'));
    await expect(awaitConsumer(load, asked)).rejects.toMatchObject({ name: 'LoadClosedError' });
  });
});
