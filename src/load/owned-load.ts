import { createHash } from 'node:crypto';
import { resourceName } from '../request/resource-name.ts';
import type { Load } from '../services.ts';

/** As much of a load as its resources are found by: tear-down may know no more of it. */
export type OwnedLoad = Pick<Load, 'loadId' | 'startedAt' | 'documents' | 'services'>;

/** Two tags, since an account may have several deployments with loads of the same loadId. */
export const LOAD_TAG = 'initial-load:load';
export const DEPLOYMENT_TAG = 'initial-load:deployment';
/**
 * The tag with a digest of a resource's settings. What is there already is used only if it was made as this load would make
 * it: an earlier load of the same loadId may have been another one.
 */
export const SETTINGS_TAG = 'initial-load:settings';

export type Tags = ReadonlyMap<string, string>;

/** What a resource of the load is called, and the end of its ARN, by which roles are scoped. */
export function ownName({ loadId, services }: OwnedLoad, kind: string): string {
  return resourceName(`${services.deployment.name}/${loadId}`, kind);
}

/** What each of a load's resources carries: by these it is told from what merely has its name. */
export function ownTags({ loadId, services }: OwnedLoad): Record<string, string> {
  return { [LOAD_TAG]: loadId, [DEPLOYMENT_TAG]: services.deployment.name };
}

/** Whether these are of something that this load made, in this deployment. */
export function isOurs(load: OwnedLoad, tags: Tags | undefined): boolean {
  return Object.entries(ownTags(load)).every(([key, value]) => tags?.get(key) === value);
}

/** For SETTINGS_TAG. */
export function digestOf(settings: unknown): string {
  return createHash('sha256').update(JSON.stringify(settings)).digest('hex').slice(0, 16);
}
