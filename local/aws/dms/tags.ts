import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { ServiceFault } from '../service-fault.ts';
import { invalidCombination, invalidValue, shelvesOf, type Kept, type World } from './world.ts';

const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+-]*$/u;
const RESERVED = /^(aws|dms):/;

export function tagOperations(world: World) {
  return {
    AddTagsToResource({ ResourceArn, Tags }: Sdk.AddTagsToResourceMessage): object {
      const resource = needResource(world, ResourceArn);
      const added = checkTags(Tags);
      const kept = resource.tags.filter(({ Key }) => !added.some((tag) => tag.Key === Key));
      resource.tags = [...kept, ...added];
      return {};
    },

    ListTagsForResource(input: Sdk.ListTagsForResourceMessage): Sdk.ListTagsForResourceResponse {
      const { ResourceArn, ResourceArnList } = input;
      if ((ResourceArn === undefined) === (ResourceArnList === undefined)) {
        return invalidCombination('Name either ResourceArn or ResourceArnList');
      }
      if (ResourceArn !== undefined) return { TagList: needResource(world, ResourceArn).tags };
      const resources = (ResourceArnList ?? []).map((arn) => needResource(world, arn));
      return { TagList: resources.flatMap(({ arn, tags }) => tags.map((tag) => ({ ...tag, ResourceArn: arn }))) };
    },
  };
}

/** @throws ServiceFault InvalidParameterValueException */
export function checkTags(tags: Sdk.Tag[] = []): Sdk.Tag[] {
  return tags.map(({ Key = '', Value = '' }) => {
    const isWrong = Key === '' || Key.length > 128 || Value.length > 256 || RESERVED.test(Key) || RESERVED.test(Value);
    if (isWrong || !ALLOWED.test(Key) || !ALLOWED.test(Value)) return invalidValue(`Invalid tag: ${Key}=${Value}`);
    return { Key, Value };
  });
}

function needResource(world: World, arn: string | undefined): Kept {
  const found = shelvesOf(world)
    .map((shelf) => shelf.find(arn))
    .find((item) => item !== undefined);
  if (found !== undefined) return found;
  throw new ServiceFault('ResourceNotFoundFault', `No resource has the ARN ${arn}`);
}
