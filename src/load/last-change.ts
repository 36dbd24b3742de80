import { createHash } from 'node:crypto';
import type { Load } from '../services.ts';
import { documentName } from '../store/documents.ts';

/** What a service showed last, and since when. */
interface LastChange {
  signature: string;
  /** ISO 8601, UTC. */
  at: string;
}
const lastChangeDocument = documentName<LastChange>('last-change.json');

/** How long a service has shown the same to this attempt. By our clock alone: nobody knows how a service's own goes. */
export async function stillForSeconds({ attempt, documents, services }: Load, shown: unknown): Promise<number> {
  const signature = createHash('sha256')
    .update(JSON.stringify([attempt, shown]))
    .digest('hex');
  const last = await documents.read(lastChangeDocument);
  const now = services.now();
  if (last?.signature === signature) return (now.getTime() - new Date(last.at).getTime()) / 1_000;
  await documents.write(lastChangeDocument, { signature, at: now.toISOString() });
  return 0;
}
