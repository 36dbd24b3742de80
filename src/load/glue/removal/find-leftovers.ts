import type { Services } from '../../../services.ts';
import { DEPLOYMENT_TAG, LOAD_TAG } from '../../owned-load.ts';
import type { Leftover } from '../../strategy.ts';
import { callGlue } from '../calls.ts';
import { KINDS, type Resource } from '../names.ts';
import { arnOf, tagsOf } from '../resources/tags.ts';

/** What the names of ours begin with (resourceName). The sweep's role may ask for the tags of such things only. */
const OURS = /^il-/;

/**
 * Every job and connection of the account's that carries a load's tag and this deployment's. What only has a name like
 * ours, or another deployment's tag, is not found. Scripts go with the load's documents.
 */
export async function findLeftovers(services: Services): Promise<Leftover[]> {
  if (services.deployment.glue === undefined) return [];
  const named = [
    ...(await listJobs(services)).map((name) => ({ kind: 'job' as const, name })),
    ...(await listConnections()).map((name) => ({ kind: 'network' as const, name })),
  ].filter(({ name }) => OURS.test(name));
  const found: Leftover[] = [];
  for (const { kind, name } of named) {
    const loadId = await loadOf(services, kind, name);
    if (loadId !== undefined) found.push({ loadId, type: KINDS[kind], id: name });
  }
  return found;
}

/** The load that made it, in this deployment; undefined also when it has gone meanwhile. */
async function loadOf(services: Services, kind: Resource, name: string): Promise<string | undefined> {
  const tags = await tagsOf(await arnOf(services, kind, name));
  return tags?.get(DEPLOYMENT_TAG) === services.deployment.name ? tags.get(LOAD_TAG) : undefined;
}

function listJobs({ deployment }: Services): Promise<string[]> {
  return callGlue('ListJobs', async ({ client, sdk }) => {
    const names: string[] = [];
    for await (const page of sdk.paginateListJobs({ client }, { Tags: { [DEPLOYMENT_TAG]: deployment.name } })) {
      names.push(...(page.JobNames ?? []));
    }
    return names;
  });
}

/** Connections can't be listed by tag. */
function listConnections(): Promise<string[]> {
  return callGlue('GetConnections', async ({ client, sdk }) => {
    const names: string[] = [];
    const asked = { Filter: { ConnectionType: 'NETWORK' as const }, HidePassword: true };
    for await (const page of sdk.paginateGetConnections({ client }, asked)) {
      names.push(...(page.ConnectionList ?? []).map(({ Name = '' }) => Name));
    }
    return names;
  });
}
