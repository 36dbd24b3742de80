import { beforeEach, describe, expect, test } from '@jest/globals';
import { acceptLoad } from '../../src/load/accept-load.ts';
import {
  assertOpen,
  markProvisioned,
  openLoad,
  openVerifiedLoad,
  readLoad,
  untilOf,
} from '../../src/load/open-load.ts';
import type { Plan, Survey } from '../../src/model.ts';
import {
  LoadDocuments,
  outcomeDocument,
  planDocument,
  stateDocument,
  surveyDocument,
} from '../../src/store/documents.ts';
import { writtenRequest } from '../request/requests.ts';
import { memoryServices } from '../support/memory-services.ts';
import type { MemoryServices } from '../support/memory-services.ts';

const reference = { loadId: 'mailer', attempt: 1 };
let services: MemoryServices;
let documents: LoadDocuments;

beforeEach(async () => {
  services = memoryServices();
  documents = new LoadDocuments(services.store, 'mailer');
  await acceptLoad('mailer-1', writtenRequest(), services);
});

describe('a step that opens its load', () => {
  test('finds request, survey and plan', async () => {
    await documents.write(surveyDocument, { surveyedAt: 'now' } as Survey);
    await documents.write(planDocument, { strategy: 'direct' } as Plan);
    const load = await openLoad(reference, services);
    expect(load).toMatchObject({
      ...reference,
      request: { consumer: 'mailer' },
      survey: { surveyedAt: 'now' },
      plan: { strategy: 'direct' },
    });
    expect(load.deadlineAt).toEqual(new Date('2026-03-01T16:00:00.000Z'));
  });

  test('is refused when a later attempt took over', async () => {
    await acceptLoad('mailer-2', writtenRequest(), services);
    await expect(assertOpen(reference, services)).rejects.toMatchObject({ name: 'LoadClosedError' });
  });

  test.each(['closed', 'kept', 'finished'] as const)('is refused when the load is %s', async (status) => {
    await documents.write(stateDocument, { ...(await documents.need(stateDocument)), status });
    await expect(assertOpen(reference, services)).rejects.toMatchObject({ name: 'LoadClosedError' });
  });

  test('is refused when the deadline has passed', async () => {
    services.clock.now = new Date('2026-03-01T16:00:00.000Z');
    await expect(assertOpen(reference, services)).rejects.toMatchObject({ name: 'DeadlineError' });
  });

  test('may tell the consumer of a verified load after the deadline, but not once the load is closed', async () => {
    await documents.write(surveyDocument, { surveyedAt: 'now' } as Survey);
    await documents.write(planDocument, { strategy: 'direct' } as Plan);
    services.clock.now = new Date('2026-03-01T16:00:00.000Z');
    expect(await openVerifiedLoad(reference, services)).toMatchObject(reference);
    await documents.write(stateDocument, { ...(await documents.need(stateDocument)), status: 'closed' });
    await expect(openVerifiedLoad(reference, services)).rejects.toMatchObject({ name: 'LoadClosedError' });
  });

  test("works until its invocation must answer, and never past the load's deadline", async () => {
    await documents.write(surveyDocument, { surveyedAt: 'now' } as Survey);
    await documents.write(planDocument, { strategy: 'direct' } as Plan);
    const load = await openLoad(reference, services);
    const earlier = new Date('2026-03-01T15:59:59.000Z');
    expect(untilOf(load, earlier)).toEqual(earlier);
    expect(untilOf(load, new Date('2026-03-01T16:00:01.000Z'))).toEqual(load.deadlineAt);
  });

  test('in tear-down there may be no plan yet', async () => {
    expect(await readLoad(await documents.need(stateDocument), services)).toBeUndefined();
  });
});

describe('the first step that makes something', () => {
  test('says so in the state before', async () => {
    await markProvisioned(reference, services);
    expect(await documents.read(stateDocument)).toMatchObject({ provisioned: true, status: 'open' });
  });

  test('makes nothing when tear-down began at the same moment', async () => {
    await documents.write(outcomeDocument, { attempt: 1 });
    await expect(markProvisioned(reference, services)).rejects.toMatchObject({ name: 'LoadClosedError' });
    expect(await documents.read(stateDocument)).toMatchObject({ status: 'closed' });
  });
});
