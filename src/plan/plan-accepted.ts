import { assertOpen } from '../load/open-load.ts';
import type { LoadReference } from '../load/open-load.ts';
import type { Plan } from '../model.ts';
import { databaseTargetOf } from '../request/database-target.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { LoadDocuments, planDocument, requestDocument, surveyDocument } from '../store/documents.ts';
import { plannedLockTargets } from '../store/lock-targets.ts';
import { takeLocks } from '../store/locks.ts';
import { planLoad } from './plan-load.ts';

/** What of the plan the state machine carries; the rest is in the load store. */
export interface PlanReference {
  strategy: Plan['strategy'];
  planes: Plan['planes'];
  /** Ids. */
  shards: string[];
  concurrency: number;
  awaitsConsumer?: true;
}

/**
 * Plans an accepted load. An attempt that goes on from checkpoints keeps the plan that they were made by.
 * @throws RequestError, LoadClosedError, DeadlineError
 */
export async function planAccepted(reference: LoadReference, services: Services): Promise<PlanReference> {
  const { provisioned } = await assertOpen(reference, services);
  const documents = new LoadDocuments(services.store, reference.loadId);
  const kept = provisioned ? await documents.read(planDocument) : undefined;
  return referenceTo(kept ?? (await planAnew(reference.loadId, documents, services)));
}

async function planAnew(loadId: string, documents: LoadDocuments, services: Services): Promise<Plan> {
  const request = await documents.need(requestDocument);
  const { survey, plan } = await planLoad(request, services);
  await lockTables(loadId, request, plan, services);
  await documents.write(surveyDocument, survey);
  await documents.write(planDocument, plan);
  return plan;
}

/** As they were found: behind a wildcard, or by another reference to the same database. */
async function lockTables(loadId: string, request: LoadRequest, plan: Plan, services: Services): Promise<void> {
  const target = databaseTargetOf(request);
  if (!target) return;
  const address = await services.resolveConnection(target.connection, 'target.connection', target.engine);
  const tables = plan.tables.map((table) => table.target);
  await takeLocks(services.store, loadId, plannedLockTargets(address, tables));
}

function referenceTo({ strategy, planes, shards, concurrency, awaitsConsumer }: Plan): PlanReference {
  const ids = shards.map(({ id }) => id);
  return { strategy, planes, shards: ids, concurrency, ...(awaitsConsumer && { awaitsConsumer }) };
}
