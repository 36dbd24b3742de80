import { isDeepStrictEqual } from 'node:util';
import { RequestError, TransientError } from '../errors.ts';
import { assertWithinBounds } from '../request/bounds.ts';
import { parseRequest } from '../request/parse.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { Services } from '../services.ts';
import {
  documentName,
  foldersDocument,
  LoadDocuments,
  madeTopicsDocument,
  planDocument,
  positionsDocument,
  requestDocument,
  resultDocument,
  shardDocument,
  stateDocument,
  surveyDocument,
} from '../store/documents.ts';
import type { LoadState } from '../store/documents.ts';
import { requestedLockTargets } from '../store/lock-targets.ts';
import { hasLocks, takeLocks } from '../store/locks.ts';
import { assertLatestClaim, claimAttempt, isClaimFrom } from './claim-attempt.ts';
import { stagedDocument } from './glue/documents.ts';
import { unwrapInput } from './unwrap-input.ts';

export interface Accepted {
  loadId: string;
  attempt: number;
  /** ISO 8601, UTC. */
  deadlineAt: string;
}

/**
 * Takes a request on as the next attempt at a load. A refused one leaves nothing in the store.
 * @throws RequestError; SupersededError when another execution accepts the load at the same time; TransientError when a tear-down came between
 */
export async function acceptLoad(execution: string, input: unknown, services: Services): Promise<Accepted> {
  const wrapped = unwrapInput(execution, input);
  const request = parseRequest(wrapped.request);
  assertWithinBounds(request, services.bounds);

  const documents = new LoadDocuments(services.store, wrapped.loadId);
  const earlier = await documents.read(stateDocument);
  // An earlier call of this acceptance lost its answer, or its locks.
  if (earlier?.status === 'open' && earlier.execution === execution) return confirm(earlier, request, services);

  const continues = earlier !== undefined && earlier.status !== 'finished';
  if (continues) await assertContinuable(earlier, request, documents);
  await takeLocks(services.store, wrapped.loadId, requestedLockTargets(request));
  const lastAttempt = earlier?.attempt ?? (await documents.read(resultDocument))?.attempt ?? 0;
  const attempt = await claimAttempt(documents, Math.max(wrapped.attempt, lastAttempt + 1), execution);
  await clear(documents, attempt, continues);
  const startedAt = services.now();
  const state: LoadState = {
    loadId: wrapped.loadId,
    attempt,
    execution,
    status: 'open',
    dataset: request.dataset,
    consumer: request.consumer,
    startedAt: startedAt.toISOString(),
    deadlineAt: new Date(startedAt.getTime() + request.limits.deadlineMinutes * 60_000).toISOString(),
    provisioned: continues && earlier.provisioned,
    updatedAt: startedAt.toISOString(),
  };
  await assertLatestClaim(documents, attempt);
  await documents.write(requestDocument, request);
  await documents.write(stateDocument, state);
  await assertStillLocked(state, request, services);
  return acceptedOf(state);
}

async function confirm(state: LoadState, request: LoadRequest, services: Services): Promise<Accepted> {
  await takeLocks(services.store, state.loadId, requestedLockTargets(request));
  await assertStillLocked(state, request, services);
  return acceptedOf(state);
}

/** A tear-down that found the locks but no state yet takes them for those of an acceptance that broke off. */
async function assertStillLocked({ loadId }: LoadState, request: LoadRequest, services: Services): Promise<void> {
  if (requestedLockTargets(request).length === 0 || (await hasLocks(services.store, loadId))) return;
  throw new TransientError(`A tear-down took the locks of load ${loadId} away while it was being accepted.`);
}

function acceptedOf({ loadId, attempt, deadlineAt }: LoadState): Accepted {
  return { loadId, attempt, deadlineAt };
}

async function assertContinuable(earlier: LoadState, request: LoadRequest, documents: LoadDocuments): Promise<void> {
  if (earlier.status === 'closed') {
    throw new RequestError({
      field: 'loadId',
      value: earlier.loadId,
      wrong: `attempt ${earlier.attempt} at this load is being torn down`,
      advice: 'Run it again when that has ended, or end it with the command tear-down',
    });
  }
  if (!isDeepStrictEqual(await documents.read(requestDocument), request)) {
    throw new RequestError({
      field: 'loadId',
      value: earlier.loadId,
      wrong: `this load is ${earlier.status} and was made of a different request`,
      advice: 'Give the new request a loadId of its own, or tear the earlier load down first',
    });
  }
}

/**
 * What a next attempt goes on from; everything else tells how the last one went. The last result is replaced by the next
 * one: until then, and if this attempt is refused, it is what is known of the load.
 */
const CONTINUED = new Set(
  [
    stateDocument,
    requestDocument,
    surveyDocument,
    planDocument,
    foldersDocument,
    positionsDocument,
    madeTopicsDocument,
    stagedDocument,
  ].map(({ path }) => path),
);
/** What topics were being fed from; nor is any of it a document. */
const CONTINUED_FOLDER = 'glue/rows';

async function clear(documents: LoadDocuments, attempt: number, continues: boolean): Promise<void> {
  for (const path of await documents.list('')) {
    if (path === resultDocument.path || isClaimFrom(attempt, path)) continue;
    if (continues && (CONTINUED.has(path) || path.startsWith('progress/'))) continue;
    if (continues && path.startsWith(CONTINUED_FOLDER)) continue;
    if (continues && path.startsWith('shards/') && (await succeeded(path, documents))) continue;
    await documents.remove(documentName(path));
  }
}

async function succeeded(path: string, documents: LoadDocuments): Promise<boolean> {
  const shard = path.slice('shards/'.length, -'.json'.length);
  return (await documents.read(shardDocument(shard)))?.status === 'succeeded';
}
