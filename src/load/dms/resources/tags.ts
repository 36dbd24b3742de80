import { LoadFailedError } from '../../../errors.ts';
import { callDms } from '../calls.ts';
import { KINDS, nameOf, type Kind } from '../names.ts';
import { isOurs, type OwnedLoad, type Tags } from '../../owned-load.ts';

/** How many resources one request asks for: DMS documents no limit of ResourceArnList. */
const MOST_AT_ONCE = 20;

/**
 * What DMS says is there already was made by an earlier call whose answer was lost, or by somebody else. One request.
 * @throws LoadFailedError when it doesn't carry this load's tags: then it is neither used nor removed
 */
export async function assertOurs(load: OwnedLoad, kind: Kind, arn: string): Promise<void> {
  const tags = await callDms('ListTagsForResource', async ({ client, sdk }) => {
    return (await client.send(new sdk.ListTagsForResourceCommand({ ResourceArn: arn }))).TagList ?? [];
  });
  if (isOurs(load, new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value])))) return;
  throw new LoadFailedError(
    `There is a ${KINDS[kind]} ${nameOf(load, kind)} already, without the tags of this load. ` +
      'Remove or rename it if nobody needs it, or run the load under another loadId.',
  );
}

/** The tags of each resource that is there, by its ARN. One request for each twenty ARNs. */
export async function tagsByArn(arns: string[]): Promise<Map<string, Tags>> {
  const tags = new Map<string, Map<string, string>>();
  for (let first = 0; first < arns.length; first += MOST_AT_ONCE) {
    for (const { ResourceArn, Key, Value } of await listTags(arns.slice(first, first + MOST_AT_ONCE))) {
      if (ResourceArn === undefined || Key === undefined) continue;
      tags.set(ResourceArn, (tags.get(ResourceArn) ?? new Map<string, string>()).set(Key, Value ?? ''));
    }
  }
  return tags;
}

type Listed = { ResourceArn?: string | undefined; Key?: string | undefined; Value?: string | undefined }[];

/** One resource that is gone by now fails the request for all: they are asked for one by one then. */
async function listTags(arns: string[]): Promise<Listed> {
  const listed = await callDms<Listed | 'one is gone'>(
    'ListTagsForResource',
    async ({ client, sdk }) => {
      const answer = await client.send(new sdk.ListTagsForResourceCommand({ ResourceArnList: arns }));
      return answer.TagList ?? [];
    },
    { ResourceNotFoundFault: 'one is gone' },
  );
  if (listed !== 'one is gone') return listed;
  if (arns.length === 1) return [];
  return (await Promise.all(arns.map((arn) => listTags([arn])))).flat();
}
