import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { handler as planStep } from '../../functions/plan.ts';
import { provideServices } from '../../functions/services.ts';
import { localServices } from '../../local/local-services.ts';
import { acceptLoad } from '../../src/load/accept-load.ts';
import { markProvisioned } from '../../src/load/open-load.ts';
import type { Plan } from '../../src/model.ts';
import { planAccepted } from '../../src/plan/plan-accepted.ts';
import type { Services } from '../../src/services.ts';
import { LoadDocuments, planDocument, surveyDocument } from '../../src/store/documents.ts';
import { memoryServices } from '../support/memory-services.ts';
import { openTestDatabases } from '../support/postgres.ts';
import type { TestDatabase } from '../support/postgres.ts';

const databases = openTestDatabases();
const reference = { loadId: 'mailer', attempt: 1 };
let source: TestDatabase;
let target: TestDatabase;
let documents: Map<string, string>;
let services: Services;

const request = (connection = 'env:TARGET') => ({
  dataset: 'people',
  consumer: 'mailer',
  source: { engine: 'postgres', connection: 'env:SOURCE', tables: ['public.*'] },
  target: { engine: 'postgres', connection },
});

beforeAll(async () => {
  source = await databases.createDatabase();
  target = await databases.createDatabase();
  for (const database of [source, target]) await database.query('create table person (id int primary key)');
});
beforeEach(() => {
  const memory = memoryServices();
  ({ documents } = memory);
  const variables = { SOURCE: source.url, TARGET: target.url, ALIAS: target.url };
  services = localServices({ store: memory.store, now: () => new Date(), print: () => {}, variables });
});
afterAll(() => databases.dropAll());

describe('planning an accepted load', () => {
  test('stores plan and survey, and answers what the state machine needs of them', async () => {
    await acceptLoad('mailer-1', request(), services);
    const planned = await planAccepted(reference, services);
    const stored = await new LoadDocuments(services.store, 'mailer').need(planDocument);
    expect(planned).toEqual({
      strategy: 'direct',
      planes: stored.planes,
      shards: stored.shards.map(({ id }) => id),
      concurrency: stored.concurrency,
    });
    expect(stored.tables.map((table) => table.target)).toEqual(['public.person']);
  });

  test('refuses a table that another load holds by another name of the database', async () => {
    await acceptLoad('mailer-1', request(), services);
    await planAccepted(reference, services);
    await acceptLoad('other-1', request('env:ALIAS'), services);
    await expect(planAccepted({ loadId: 'other', attempt: 1 }, services)).rejects.toThrow(
      /public\.person.*load mailer/,
    );
    expect(await new LoadDocuments(services.store, 'other').read(surveyDocument)).toBeUndefined();
  });

  test('keeps the plan that checkpoints were made by, and makes a new one when there are none', async () => {
    await acceptLoad('mailer-1', request(), services);
    await planAccepted(reference, services);
    const stored = new LoadDocuments(services.store, 'mailer');
    await stored.write(planDocument, { ...(await stored.need(planDocument)), concurrency: 7 } satisfies Plan);
    expect(await planAccepted(reference, services)).toMatchObject({ concurrency: 1 });
    await stored.write(planDocument, { ...(await stored.need(planDocument)), concurrency: 7 } satisfies Plan);
    await markProvisioned(reference, services);
    await acceptLoad('mailer-2', request(), services);
    expect(await planAccepted({ loadId: 'mailer', attempt: 2 }, services)).toMatchObject({ concurrency: 7 });
  });
});

test('a dry run answers the decision and writes nothing', async () => {
  provideServices(services);
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const decided = await planStep({ dryRun: true, request: request() }, context);
  expect(decided).toMatchObject({ plan: { strategy: 'direct', tables: [{ target: 'public.person' }] } });
  expect([...documents.keys()]).toEqual([]);
});
