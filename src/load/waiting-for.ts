import type { Load } from '../services.ts';
import { waitingForDocument } from '../store/documents.ts';

/**
 * Tells whoever watches what is waited for; nothing, where progress says more. Failing to never fails the load.
 * @param what in a few words
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
    // A convenience.
  }
}
