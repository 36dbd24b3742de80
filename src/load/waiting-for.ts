import type { Load } from '../services.ts';
import { waitingForDocument } from '../store/documents.ts';

/**
 * Writes down, for whoever watches the load, what it waits for. Never fails: it is a convenience.
 * @param what in a few words; undefined removes what was written, where the progress of the rows says more
 */
export async function tellWaitingFor(
  { documents, services }: Pick<Load, 'documents' | 'services'>,
  what: string | undefined,
): Promise<void> {
  try {
    if ((await documents.read(waitingForDocument))?.what === what) return;
    if (what === undefined) await documents.remove(waitingForDocument);
    else await documents.write(waitingForDocument, { what, since: services.now().toISOString() });
  } catch {
    // Whatever the store says, the load goes on.
  }
}
