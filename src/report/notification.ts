import type { Failure, Notification, Plan, TableVerification } from '../model.ts';
import type { LoadDocuments, LoadState } from '../store/documents.ts';
import {
  loadedTopicsDocument,
  planDocument,
  replayedTopicsDocument,
  stitchPointDocument,
  verificationDocument,
} from '../store/documents.ts';

/** The notification that goes out before tear-down: the documented subset of the result. */
export async function buildNotification(
  documents: LoadDocuments,
  state: LoadState,
  failure: Failure | undefined,
): Promise<Notification> {
  const stitchPoint = await documents.read(stitchPointDocument);
  const plan = await documents.read(planDocument);
  const topics = await documents.read(loadedTopicsDocument);
  const replayed = await documents.read(replayedTopicsDocument);
  return {
    type: failure === undefined ? 'InitialLoadSucceeded' : 'InitialLoadFailed',
    loadId: state.loadId,
    attempt: state.attempt,
    dataset: state.dataset,
    consumer: state.consumer,
    status: failure === undefined ? 'SUCCEEDED' : 'FAILED',
    ...(plan && { plan: planOf(plan) }),
    tables: tablesOf(await documents.read(verificationDocument)),
    ...(topics && { topics }),
    ...(replayed && { replayed }),
    ...(stitchPoint && { stitchPoint }),
    ...(failure && { failure }),
  };
}

/** What of the plan goes out: how it was decided, not how it is cut. */
function planOf({ strategy, reasons, rejected, estimate }: Plan): NonNullable<Notification['plan']> {
  return { strategy, reasons, rejected, estimate };
}

function tablesOf(verification: TableVerification[] | undefined): Notification['tables'] {
  return (verification ?? []).map(({ rowsRead: _read, rowsWritten: _written, ...table }) => table);
}
