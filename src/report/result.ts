import type { LoadResult } from '../model.ts';
import type { LoadDocuments, LoadState } from '../store/documents.ts';
import { notificationsDocument, outcomeDocument, tornDownDocument } from '../store/documents.ts';
import { buildNotification } from './notification.ts';

/** The full result, put together from what the steps left in the load store. */
export async function buildResult(
  documents: LoadDocuments,
  state: LoadState,
  ended: Pick<LoadResult, 'tearDown' | 'finishedAt'>,
): Promise<LoadResult> {
  const outcome = await documents.need(outcomeDocument);
  const { type: _type, plan, ...said } = await buildNotification(documents, state, outcome.failure);
  return {
    ...said,
    ...(plan && { plan }),
    notifications: (await documents.read(notificationsDocument)) ?? [],
    tearDown: ended.tearDown,
    tornDown: (await documents.read(tornDownDocument)) ?? [],
    startedAt: state.startedAt,
    finishedAt: ended.finishedAt,
  };
}
