import type * as Sdk from '@aws-sdk/client-glue';
import { arnOf, invalidInput, notFound, type World } from './world.ts';

const MOST_TAGS = 50;
const LONGEST = { key: 128, value: 256 };

export function tagOperations(world: World) {
  return {
    GetTags({ ResourceArn }: Sdk.GetTagsRequest): Sdk.GetTagsResponse {
      return { Tags: needResource(world, ResourceArn).tags };
    },

    TagResource({ ResourceArn, TagsToAdd }: Sdk.TagResourceRequest): Sdk.TagResourceResponse {
      const resource = needResource(world, ResourceArn);
      resource.tags = checkTags({ ...resource.tags, ...TagsToAdd });
      return {};
    },
  };
}

/** @throws ServiceFault InvalidInputException */
export function checkTags(tags: Record<string, string> = {}): Record<string, string> {
  const all = Object.entries(tags);
  if (all.length > MOST_TAGS) return invalidInput(`A resource can have ${MOST_TAGS} tags`);
  const wrong = all.find(
    ([key, value]) => key === '' || key.length > LONGEST.key || key.startsWith('aws:') || value.length > LONGEST.value,
  );
  return wrong === undefined ? tags : invalidInput(`Invalid tag: ${wrong.join('=')}`);
}

/** @throws ServiceFault EntityNotFoundException */
function needResource(world: World, arn: string | undefined): { tags: Record<string, string> } {
  const { jobs, connections } = world;
  const job = [...jobs.values()].find(({ name }) => arnOf(world, 'job', name) === arn);
  const connection = [...connections.values()].find(({ name }) => arnOf(world, 'connection', name) === arn);
  return job ?? connection ?? notFound(`Entity not found: ${arn}`);
}
