import { LoadFailedError } from '../../errors.ts';
import { callDms } from './calls.ts';
import { KINDS, nameOf, tagsOf, type Kind, type OwnedLoad } from './names.ts';

/**
 * What DMS says is there already was made by an earlier call whose answer was lost, or by somebody else. One request.
 * @throws LoadFailedError when it doesn't carry this load's tags: then it is neither used nor removed
 */
export async function assertOurs(load: OwnedLoad, kind: Kind, arn: string): Promise<void> {
  const tags = await callDms('ListTagsForResource', async ({ client, sdk }) => {
    return (await client.send(new sdk.ListTagsForResourceCommand({ ResourceArn: arn }))).TagList ?? [];
  });
  const ours = tagsOf(load).every(({ Key, Value }) => tags.some((tag) => tag.Key === Key && tag.Value === Value));
  if (ours) return;
  throw new LoadFailedError(
    `There is a ${KINDS[kind]} ${nameOf(load, kind)} already, without the tags of this load. ` +
      'Remove or rename it if nobody needs it, or run the load under another loadId.',
  );
}
