import { LoadClosedError, RequestError } from '../errors.ts';
import { assertNotFailed, decideSuccess } from '../report/outcome.ts';
import { parseLoadId } from '../request/load-id.ts';
import type { Services } from '../services.ts';
import {
  acknowledgedDocument,
  LoadDocuments,
  planDocument,
  resultDocument,
  stateDocument,
  verificationDocument,
} from '../store/documents.ts';
import type { Acknowledged, LoadState } from '../store/documents.ts';
import { unknownLoad } from '../store/unknown-load.ts';

export interface Acknowledgement extends Acknowledged {
  loadId: string;
  attempt: number;
}

const BEFORE = 'it was acknowledged';

/**
 * Writes down that the consumer has read what was loaded, which ends the wait for it: from then on the load has succeeded.
 * Said again, also when the load has ended since, it answers what was said first.
 * @throws RequestError when nobody waits for it: the load is not known, has ended, or does not await its consumer (yet)
 */
export async function acknowledgeLoad(
  said: { loadId: string; by?: string },
  { store, now }: Pick<Services, 'store' | 'now'>,
): Promise<Acknowledgement> {
  const loadId = parseLoadId(said.loadId);
  const documents = new LoadDocuments(store, loadId);
  const state = await documents.read(stateDocument);
  if (state === undefined) throw await explainNone(documents);
  const { attempt } = state;
  try {
    if ((await documents.read(acknowledgedDocument)) === undefined) {
      await assertAwaited(state, documents);
      const { by } = said;
      await documents.create(acknowledgedDocument, {
        acknowledgedAt: now().toISOString(),
        ...(by !== undefined && { by }),
      });
      await decideSuccess(documents, attempt, BEFORE);
    } else await assertNotFailed(documents, BEFORE);
  } catch (error) {
    if (error instanceof LoadClosedError) throw hasEnded(loadId);
    throw error;
  }
  return { loadId, attempt, ...(await documents.need(acknowledgedDocument)) };
}

async function explainNone(documents: LoadDocuments): Promise<RequestError> {
  const { loadId, store } = documents;
  return (await documents.read(resultDocument)) === undefined ? unknownLoad(store, loadId) : hasEnded(loadId);
}

async function assertAwaited({ loadId, status }: LoadState, documents: LoadDocuments): Promise<void> {
  const plan = await documents.read(planDocument);
  if (plan !== undefined && !plan.awaitsConsumer) {
    throw refusal(
      loadId,
      `there is nothing to acknowledge: by the strategy ${plan.strategy} it does not wait for its consumer`,
      'See where it stands with the command status',
    );
  }
  if (status !== 'open') throw hasEnded(loadId);
  const tables = (await documents.read(verificationDocument)) ?? [];
  if (tables.length > 0 && tables.every(({ verified }) => verified)) return;
  throw refusal(loadId, 'it is not verified yet, so nobody can have read all of it', 'Acknowledge it when it is');
}

function hasEnded(loadId: string): RequestError {
  return refusal(loadId, 'it has ended, so nobody waits for it', 'See how with the command status');
}

function refusal(loadId: string, wrong: string, advice: string): RequestError {
  return new RequestError({ field: 'load', value: loadId, wrong, advice });
}
