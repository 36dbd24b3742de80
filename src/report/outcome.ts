import type { Failure, TableVerification } from '../model.ts';
import type { LoadDocuments } from '../store/documents.ts';
import { notificationsDocument, verificationDocument } from '../store/documents.ts';
import { failureOf, failureOfCaught } from './failure.ts';
import type { CaughtError } from './failure.ts';

/**
 * Why the load did not succeed, or undefined when it did: every table is verified and nothing failed. A load whose
 * consumer was told of its success has succeeded, whatever is said afterwards: its rows must not be discarded.
 * @param caught what the state machine, or whoever ended the load, says went wrong
 */
export async function failureOfLoad(documents: LoadDocuments, caught?: CaughtError): Promise<Failure | undefined> {
  const verification = await documents.read(verificationDocument);
  const mismatch = mismatchOf(verification);
  if (mismatch === undefined && (await documents.read(notificationsDocument)) !== undefined) return undefined;
  return caught === undefined ? mismatch : failureOfCaught(caught);
}

function mismatchOf(verification: TableVerification[] | undefined): Failure | undefined {
  if (verification === undefined) return failureOf('Mismatch', 'The tables have not been verified.');
  const wrong = verification.filter((table) => !table.verified);
  const [first] = wrong;
  if (first === undefined) return undefined;
  const others = wrong.length === 1 ? '' : ` So are ${wrong.length - 1} other tables.`;
  return failureOf('Mismatch', `${first.source} is not verified: ${first.mismatches.join('; ')}.${others}`);
}
