import { latestClaim } from '../load/claim-attempt.ts';
import { leftoverFinders } from '../load/leftover-finders.ts';
import type { Leftover, Leftovers } from '../load/strategy.ts';
import { executionName } from '../request/load-id.ts';
import type { StrategyName } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { LoadDocuments, resultDocument, stateDocument } from '../store/documents.ts';
import type { LoadState } from '../store/documents.ts';
import { failureOfStatus, startOnce, statusOf } from './executions.ts';

/** ARNs of the two state machines. */
export interface Machines {
  initialLoad: string;
  tearDown: string;
}

export interface Swept {
  /** The loads of the store whose tear-down was started. */
  swept: string[];
  /** What was found by its tags of loads that are no more, or have ended: a tear-down removes it. */
  leftovers: Leftover[];
}

/**
 * Starts tear-down for every load that nobody works on any more, for rows that were kept long enough, and for what carries
 * the tags of a load that the store says nothing of, or that it has ended. What belongs to a running execution is never
 * touched.
 */
export async function sweepLoads(machines: Machines, services: Services): Promise<Swept> {
  const swept: string[] = [];
  const paths = await services.store.list('loads/');
  for (const path of paths.filter((each) => each.endsWith(`/${stateDocument.path}`))) {
    const loadId = path.slice('loads/'.length, -(stateDocument.path.length + 1));
    const state = await new LoadDocuments(services.store, loadId).read(stateDocument);
    if (state !== undefined && (await sweepLoad(state, machines, services))) swept.push(loadId);
  }
  const leftovers: Leftover[] = [];
  for (const [strategy, find] of Object.entries(leftoverFinders) as [StrategyName, Leftovers['find']][]) {
    leftovers.push(...(await sweepLeftovers(strategy, await find(services), { machines, services })));
  }
  return { swept, leftovers };
}

async function sweepLoad(state: LoadState, machines: Machines, services: Services): Promise<boolean> {
  const input = await neededTearDown(state, machines, services);
  if (input === undefined) return false;
  const { loadId, attempt } = state;
  const usual = executionName(loadId, attempt);
  if ((await statusOf(machines.tearDown, usual)) === 'RUNNING') return false;
  // The usual name may have been used up by a tear-down that could not end its work; one try an hour is enough.
  const name = `${usual}-sweep-${hourOf(services)}`;
  return (await startOnce(machines.tearDown, name, { loadId, attempt, ...input })) === 'started';
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

async function sweepLeftovers(
  leftovers: StrategyName,
  found: Leftover[],
  { machines, services }: { machines: Machines; services: Services },
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const loadId of new Set(found.map((each) => each.loadId))) {
    const attempt = await endedAttempt(loadId, machines, services);
    if (attempt === undefined) continue;
    left.push(...found.filter((each) => each.loadId === loadId));
    const name = `${executionName(loadId, attempt)}-leftovers-${hourOf(services)}`;
    await startOnce(machines.tearDown, name, { loadId, attempt, leftovers });
  }
  return left;
}

/**
 * The last attempt that was begun at a load that has ended or is not known (0: none is known), undefined while anybody
 * works on it. A load that is in the store and has not ended is swept, and its resources removed, as such; one that is
 * being accepted has claimed its attempt already.
 */
async function endedAttempt(loadId: string, machines: Machines, services: Services): Promise<number | undefined> {
  const documents = new LoadDocuments(services.store, loadId);
  const state = await documents.read(stateDocument);
  if (state !== undefined && state.status !== 'finished') return undefined;
  const claim = await latestClaim(documents);
  if (claim && (await statusOf(machines.initialLoad, claim.execution)) === 'RUNNING') return undefined;
  const result = await documents.read(resultDocument);
  const attempt = Math.max(state?.attempt ?? 0, claim?.attempt ?? 0, result?.attempt ?? 0);
  const tearDown = await statusOf(machines.tearDown, executionName(loadId, attempt));
  return tearDown === 'RUNNING' ? undefined : attempt;
}

function hourOf(services: Services): string {
  return services.now().toISOString().slice(0, 13).replace(/\D/g, '');
}
