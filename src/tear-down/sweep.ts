import { executionName } from '../request/load-id.ts';
import type { Services } from '../services.ts';
import { LoadDocuments, stateDocument } from '../store/documents.ts';
import type { LoadState } from '../store/documents.ts';
import { failureOfStatus, startOnce, statusOf } from './executions.ts';

/** ARNs of the two state machines. */
export interface Machines {
  initialLoad: string;
  tearDown: string;
}

/**
 * Starts tear-down for every load that nobody works on any more, and for rows that were kept long enough. What belongs to
 * a running execution is never touched.
 * @returns the loads whose tear-down was started
 */
export async function sweepLoads(machines: Machines, services: Services): Promise<string[]> {
  const swept: string[] = [];
  const paths = await services.store.list('loads/');
  for (const path of paths.filter((each) => each.endsWith(`/${stateDocument.path}`))) {
    const loadId = path.slice('loads/'.length, -(stateDocument.path.length + 1));
    const state = await new LoadDocuments(services.store, loadId).read(stateDocument);
    if (state !== undefined && (await sweepLoad(state, machines, services))) swept.push(loadId);
  }
  return swept;
}

async function sweepLoad(state: LoadState, machines: Machines, services: Services): Promise<boolean> {
  const input = await neededTearDown(state, machines, services);
  if (input === undefined) return false;
  const { loadId, attempt } = state;
  const usual = executionName(loadId, attempt);
  if ((await statusOf(machines.tearDown, usual)) === 'RUNNING') return false;
  // The usual name may have been used up by a tear-down that could not end its work; one try an hour is enough.
  const hour = services.now().toISOString().slice(0, 13).replace(/\D/g, '');
  return (await startOnce(machines.tearDown, `${usual}-sweep-${hour}`, { loadId, attempt, ...input })) === 'started';
}

async function neededTearDown(state: LoadState, machines: Machines, services: Services): Promise<object | undefined> {
  switch (state.status) {
    case 'finished':
      return undefined;
    case 'kept': {
      const hours = (services.now().getTime() - Date.parse(state.updatedAt)) / 3_600_000;
      return hours < services.keepHours ? undefined : { discard: true };
    }
    case 'open':
    case 'closed': {
      const status = (await statusOf(machines.initialLoad, state.execution)) ?? 'unknown';
      return status === 'RUNNING' ? undefined : { failure: failureOfStatus(status) };
    }
  }
}
