import { callDms } from './calls.ts';
import { tagsOf, type OwnedLoad } from './names.ts';

/** How many resources are asked for at once: DMS documents no limit of ResourceArnList. */
const MOST_AT_ONCE = 20;

export type Tags = ReadonlyMap<string, string>;

/** Whether these are of something that this load made, in this deployment. */
export function isOurs(load: OwnedLoad, tags: Tags | undefined): boolean {
  return tagsOf(load).every(({ Key, Value }) => tags?.get(Key) === Value);
}

/** The tags of each resource that is there. */
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

/** One that is gone by now fails the request for all, which are then asked for one by one. */
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
