import { glue } from '../../../aws/clients.ts';
import { LoadFailedError, TransientError } from '../../../errors.ts';
import type { Services } from '../../../services.ts';
import { isOurs, SETTINGS_TAG, type OwnedLoad, type Tags } from '../../owned-load.ts';
import { adviceFor } from '../advice.ts';
import { callGlue } from '../calls.ts';
import { KINDS, nameOf, type Resource } from '../names.ts';

const TYPES: Record<Resource, string> = { job: 'job', network: 'connection' };

/**
 * Glue describes jobs and connections without their ARNs, by which alone it tells tags: arn:<partition>:glue:<region>:
 * <account>:job/<name> (service authorization reference of AWS Glue, "Resource types"). Partition and account are those of
 * the jobs' role.
 *
 * @throws LoadFailedError where the deployment names no role: whose something is can't be asked then
 */
export async function arnOf(
  { deployment }: Pick<Services, 'deployment'>,
  kind: Resource,
  name: string,
): Promise<string> {
  if (!deployment.glue) {
    throw new LoadFailedError(
      `Whose the ${KINDS[kind]} ${name} is cannot be asked, since the deployment names no role for jobs (GLUE_ROLE_ARN).`,
    );
  }
  const [, partition, , , account] = deployment.glue.roleArn.split(':');
  const { client } = await glue();
  return `arn:${partition}:glue:${await client.config.region()}:${account}:${TYPES[kind]}/${name}`;
}

/** @returns undefined when there is no such thing */
export function tagsOf(arn: string): Promise<Tags | undefined> {
  return callGlue<Tags | undefined>(
    'GetTags',
    async ({ client, sdk }) => {
      const { Tags: tags = {} } = await client.send(new sdk.GetTagsCommand({ ResourceArn: arn }));
      return new Map(Object.entries(tags));
    },
    { EntityNotFoundException: undefined },
  );
}

/**
 * What Glue says is there already was made by an earlier call whose answer was lost, or by somebody else.
 * @param digest of the settings that this load would have given it
 * @throws LoadFailedError when it is not this load's, or not as this load would have made it; TransientError when it has
 * gone meanwhile, so that it can be made again
 */
export async function assertOurs(load: OwnedLoad, kind: Resource, arn: string, digest: string): Promise<void> {
  const tags = await tagsOf(arn);
  if (tags === undefined) throw new TransientError(`${KINDS[kind]} ${nameOf(load, kind)} was there, and is gone.`);
  const named = `There is a ${KINDS[kind]} ${nameOf(load, kind)} already`;
  if (!isOurs(load, tags))
    throw new LoadFailedError(`${named}, without the tags of this load. ${adviceFor('not ours')}`);
  if (tags.get(SETTINGS_TAG) === digest) return;
  throw new LoadFailedError(`${named}, with other settings. ${adviceFor('of another request')}`);
}
