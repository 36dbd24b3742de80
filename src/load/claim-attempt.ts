import { SupersededError } from '../errors.ts';
import { documentName, type LoadDocuments } from '../store/documents.ts';

interface Claim {
  execution: string;
}
const CLAIMS = 'attempts/';
const claimDocument = (attempt: number) => documentName<Claim>(`${CLAIMS}${attempt}.json`);

/**
 * A number for an attempt that no other execution has, from `first` on: of two executions that accept the same load at
 * once, both saw the same last attempt. Called again, an execution gets the number that it had.
 */
export async function claimAttempt(documents: LoadDocuments, first: number, execution: string): Promise<number> {
  for (let attempt = first; ; attempt += 1) {
    if (await documents.create(claimDocument(attempt), { execution })) return attempt;
    if ((await documents.read(claimDocument(attempt)))?.execution === execution) return attempt;
  }
}

/** The latest attempt that an execution claimed, and that execution's name. */
export async function latestClaim(documents: LoadDocuments): Promise<(Claim & { attempt: number }) | undefined> {
  const attempt = Math.max(0, ...(await documents.list(CLAIMS)).map(numberOf));
  const claim = await documents.read(claimDocument(attempt));
  return claim && { ...claim, attempt };
}

/** Asked just before the state is written: the latest attempt has the load. @throws SupersededError */
export async function assertLatestClaim(documents: LoadDocuments, attempt: number): Promise<void> {
  const later = (await documents.list(CLAIMS)).map(numberOf).find((other) => other > attempt);
  if (later === undefined) return;
  throw new SupersededError(
    `Attempt ${later} at ${documents.loadId} began while attempt ${attempt} was being accepted.`,
  );
}

/** Whether a document is the claim of this attempt or a later one, which clearing for this attempt leaves alone. */
export function isClaimFrom(attempt: number, path: string): boolean {
  return path.startsWith(CLAIMS) && numberOf(path) >= attempt;
}

function numberOf(path: string): number {
  return Number(path.slice(CLAIMS.length, -'.json'.length));
}
