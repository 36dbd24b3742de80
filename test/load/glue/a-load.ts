import { strategies } from '../../../src/load/registry.ts';
import { choose } from '../../../src/plan/choose.ts';
import type { Load } from '../../../src/services.ts';
import { LoadDocuments, stateDocument, type LoadState } from '../../../src/store/documents.ts';
import { memoryServices, type MemoryServices } from '../../support/memory-services.ts';
import { deployment, fitInput, type PlanCase } from './plans.ts';

export interface GlueLoad extends Load {
  services: MemoryServices;
}

const TABLES = [{ source: 'hr.employees', rows: 1_000, bytes: 50_000 }, { source: 'hr.departments' }];

/** A world without databases whose deployment is set up for Glue, with a clock that is set by hand. */
export function glueServices(): MemoryServices {
  return { ...memoryServices(), deployment };
}

/** A load that is planned with the strategy glue, of two tables unless told. */
export async function glueLoad(
  given: PlanCase = {},
  { attempt = 1, services = glueServices() }: { attempt?: number; services?: MemoryServices } = {},
): Promise<GlueLoad> {
  const request = { strategy: 'glue', ...given.request };
  const input = fitInput({ tables: TABLES, ...given, deployment: services.deployment, request });
  const documents = new LoadDocuments(services.store, 'a-load');
  const startedAt = services.now();
  const deadlineAt = new Date(startedAt.getTime() + input.request.limits.deadlineMinutes * 60_000);
  const plan = choose(input, strategies);
  const load = { loadId: 'a-load', attempt, plan, startedAt, deadlineAt, documents, services };
  await setState({ ...load, ...input }, 'open');
  return { ...load, request: input.request, survey: input.survey };
}

export async function setState(
  { documents, loadId, attempt, deadlineAt }: Pick<Load, 'documents' | 'loadId' | 'attempt' | 'deadlineAt'>,
  status: LoadState['status'],
): Promise<void> {
  const state = { loadId, attempt, status, deadlineAt: deadlineAt.toISOString() };
  await documents.write(stateDocument, state as LoadState);
}

export function pass({ services }: GlueLoad, seconds: number): void {
  services.clock.now = new Date(services.now().getTime() + seconds * 1_000);
}
