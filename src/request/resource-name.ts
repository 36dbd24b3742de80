import { createHash } from 'node:crypto';

const KIND = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const LONGEST_KIND = 40;

/**
 * The name of a temporary resource: `il-`, ten hex digits of the loadId's SHA-256, the kind; so a load finds its own
 * resources again, and two loads' differ. At most 54 lower-case letters, digits and single hyphens with a letter first
 * and no hyphen last: within the limits of the narrowest (a DMS replication instance 63 characters, a PostgreSQL
 * identifier 63 bytes, an S3 bucket 63, an IAM role and an EventBridge rule 64).
 */
export function resourceName(loadId: string, kind: string): string {
  if (!KIND.test(kind) || kind.length > LONGEST_KIND) throw new Error(`"${kind}" cannot end a resource's name.`);
  return `il-${createHash('sha256').update(loadId).digest('hex').slice(0, 10)}-${kind}`;
}
