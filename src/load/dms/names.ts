import { resourceName } from '../../request/resource-name.ts';
import type { Load } from '../../services.ts';

/** What of a load its resources are found by: enough to remove them when nothing else is known. */
export type OwnedLoad = Pick<Load, 'loadId' | 'startedAt' | 'documents' | 'services'>;

/** What a load makes in DMS, and how people call it: the type in `tornDown` and in messages. In the order in which it goes. */
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

/** In one account there may be several deployments, which may have loads of the same loadId. */
export const LOAD_TAG = 'initial-load:load';
export const DEPLOYMENT_TAG = 'initial-load:deployment';

/**
 * A resource's identifier, and the end of its ARN, by which roles are scoped: at most 31 letters, digits and hyphens
 * (CreateEndpoint, ResourceIdentifier).
 */
export function nameOf({ loadId, services }: OwnedLoad, kind: Kind): string {
  return resourceName(`${services.deployment.name}/${loadId}`, kind);
}

export function tagsOf({ loadId, services }: OwnedLoad): { Key: string; Value: string }[] {
  return [
    { Key: LOAD_TAG, Value: loadId },
    { Key: DEPLOYMENT_TAG, Value: services.deployment.name },
  ];
}
