import { LoadClosedError, LoadFailedError } from '../errors.ts';
import type { Load, Services } from '../services.ts';
import { assertBeforeDeadline } from '../step.ts';
import {
  LoadDocuments,
  outcomeDocument,
  planDocument,
  requestDocument,
  stateDocument,
  surveyDocument,
} from '../store/documents.ts';
import type { LoadState } from '../store/documents.ts';

/** What every step of a load is given: a small reference, the rest is in the load store. */
export interface LoadReference {
  loadId: string;
  attempt: number;
}

/**
 * The state of a load, for a step of the main state machine.
 * @throws LoadClosedError when the load was closed or a later attempt took over, DeadlineError when its time is over
 */
export async function assertOpen(reference: LoadReference, services: Services): Promise<LoadState> {
  const state = await assertNotClosed(reference, services);
  assertBeforeDeadline(services.now(), new Date(state.deadlineAt));
  return state;
}

async function assertNotClosed(reference: LoadReference, services: Services): Promise<LoadState> {
  const state = await new LoadDocuments(services.store, reference.loadId).read(stateDocument);
  if (state === undefined || state.attempt !== reference.attempt) {
    throw new LoadClosedError(`Attempt ${reference.attempt} at ${reference.loadId} is not the load's current attempt.`);
  }
  if (state.status !== 'open') throw closedError(reference);
  return state;
}

/**
 * Follows what tear-down stops and removes: when that fails because the load was closed meanwhile, this is the truer cause.
 * @throws LoadClosedError, what `follow` throws
 */
export async function unlessClosed<T>(load: Load, follow: () => Promise<T>): Promise<T> {
  try {
    return await follow();
  } catch (error) {
    if (error instanceof LoadFailedError) {
      await assertNotClosed(load, load.services).catch((reason: unknown) => {
        if (reason instanceof LoadClosedError) throw reason;
      });
    }
    throw error;
  }
}

/** The load as a step of the main state machine works on it. @throws LoadClosedError, DeadlineError */
export async function openLoad(reference: LoadReference, services: Services): Promise<Load> {
  return needPlanned(await assertOpen(reference, services), services);
}

/**
 * The load once it is verified: it kept its deadline, and its consumer may be told after it, or be found to have read it in
 * time. @throws LoadClosedError
 */
export async function openVerifiedLoad(reference: LoadReference, services: Services): Promise<Load> {
  return needPlanned(await assertNotClosed(reference, services), services);
}

/**
 * How long a step may work on the load: until its invocation must answer, or the load's deadline when that comes first.
 * Stopped by the deadline it answers `working`, and the next call finds in openLoad that the time is over.
 */
export function untilOf({ deadlineAt }: Load, until: Date): Date {
  return deadlineAt < until ? deadlineAt : until;
}

async function needPlanned(state: LoadState, services: Services): Promise<Load> {
  const load = await readLoad(state, services);
  if (load === undefined) throw new Error(`The load ${state.loadId} has no plan yet.`);
  return load;
}

/** The load without those checks, as tear-down works on it; undefined when it was never planned. */
export async function readLoad(state: LoadState, services: Services): Promise<Load | undefined> {
  const documents = new LoadDocuments(services.store, state.loadId);
  const [request, survey, plan] = await Promise.all([
    documents.read(requestDocument),
    documents.read(surveyDocument),
    documents.read(planDocument),
  ]);
  if (request === undefined || survey === undefined || plan === undefined) return undefined;
  const { loadId, attempt } = state;
  const [startedAt, deadlineAt] = [new Date(state.startedAt), new Date(state.deadlineAt)];
  return { loadId, attempt, request, survey, plan, startedAt, deadlineAt, documents, services };
}

/**
 * From here on tear-down has work to do outside the store: said before the first thing is made. Closing may come at the
 * same moment: it writes the outcome before it reads the state, and this reads the outcome after it wrote the state, so
 * that one of the two sees the other.
 * @throws LoadClosedError, DeadlineError
 */
export async function markProvisioned(reference: LoadReference, services: Services): Promise<void> {
  const state = await assertOpen(reference, services);
  if (state.provisioned) return;
  const documents = new LoadDocuments(services.store, reference.loadId);
  const provisioned = { ...state, provisioned: true, updatedAt: services.now().toISOString() };
  await documents.write(stateDocument, provisioned);
  if ((await documents.read(outcomeDocument)) === undefined) return;
  await documents.write(stateDocument, { ...provisioned, status: 'closed' });
  throw closedError(reference);
}

function closedError({ loadId, attempt }: LoadReference): LoadClosedError {
  return new LoadClosedError(`The load ${loadId} was closed while attempt ${attempt} ran.`);
}
