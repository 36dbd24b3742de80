import { resourceName } from '../../request/resource-name.ts';
import type { Load } from '../../services.ts';

/** As much of a load as its resources are found by: tear-down may know no more of it. */
export type OwnedLoad = Pick<Load, 'loadId' | 'startedAt' | 'documents' | 'services'>;

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

/** Two tags, since an account may have several deployments with loads of the same loadId. */
export const LOAD_TAG = 'initial-load:load';
export const DEPLOYMENT_TAG = 'initial-load:deployment';

/**
 * A resource's identifier, and the end of its ARN, by which roles are scoped: at most 31 letters, digits and hyphens
 * (CreateEndpoint, ResourceIdentifier).
 */
export function nameOf({ loadId, services }: OwnedLoad, kind: Kind): string {
  return resourceName(`${services.deployment.name}/${loadId}`, kind);
}

/** What each of a load's resources carries: by these it is told from what merely has its name. */
export function tagsOf({ loadId, services }: OwnedLoad): { Key: string; Value: string }[] {
  return [
    { Key: LOAD_TAG, Value: loadId },
    { Key: DEPLOYMENT_TAG, Value: services.deployment.name },
  ];
}
