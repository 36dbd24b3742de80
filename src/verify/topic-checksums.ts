import type { RecordChecksum } from '../kafka/record-checksum.ts';
import type { QualifiedName } from '../model.ts';
import type { Load } from '../services.ts';
import { checksumsDocument } from '../store/documents.ts';

/** Writes down what was read back of a table's topic, for the comparison with what was fed. */
export async function writeChecksum(
  { documents }: Load,
  table: QualifiedName,
  checksum: RecordChecksum,
): Promise<void> {
  const others = await documents.read(checksumsDocument);
  await documents.write(checksumsDocument, { ...others, [table]: checksum.toString() });
}
