import { ownName, ownTags, type OwnedLoad } from '../owned-load.ts';

/** The kinds of things that a load makes in DMS, with their names in `tornDown` and in messages; in the order of removal. */
export const KINDS = {
  assessment: 'DMS premigration assessment run',
  task: 'DMS replication task',
  replication: 'DMS serverless replication',
  source: 'DMS endpoint',
  target: 'DMS endpoint',
  instance: 'DMS replication instance',
  subnets: 'DMS subnet group',
} as const;
export type Kind = keyof typeof KINDS;

/** A resource's identifier: at most 31 letters, digits and hyphens (CreateEndpoint, ResourceIdentifier). */
export function nameOf(load: OwnedLoad, kind: Kind): string {
  return ownName(load, kind);
}

/** ownTags, as DMS takes them. */
export function tagsOf(load: OwnedLoad): { Key: string; Value: string }[] {
  return Object.entries(ownTags(load)).map(([Key, Value]) => ({ Key, Value }));
}
