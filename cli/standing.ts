import type { LoadResult } from '../src/model.ts';
import { parseLoadId } from '../src/request/load-id.ts';
import { LoadDocuments, resultDocument, stateDocument, type LoadState } from '../src/store/documents.ts';
import type { LoadStore } from '../src/store/load-store.ts';
import { unknownLoad } from '../src/store/unknown-load.ts';

/** Where a load stands, as its documents say it. */
export interface Standing {
  documents: LoadDocuments;
  state?: LoadState;
  /** Of the newest attempt, once it has ended. */
  result?: LoadResult;
}

/** @throws RequestError when the store knows no such load */
export async function findStanding(store: LoadStore, loadId: string): Promise<Standing> {
  const standing = await readStanding(new LoadDocuments(store, parseLoadId(loadId)));
  if (standing.state !== undefined || standing.result !== undefined) return standing;
  throw unknownLoad(store, loadId);
}

export async function readStanding(documents: LoadDocuments): Promise<Standing> {
  const [state, result] = await Promise.all([documents.read(stateDocument), documents.read(resultDocument)]);
  const isNewest = result !== undefined && (state === undefined || result.attempt >= state.attempt);
  return { documents, ...(state && { state }), ...(isNewest && { result }) };
}
