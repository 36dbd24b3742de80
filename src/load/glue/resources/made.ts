import type { Load } from '../../../services.ts';
import { assertOpen } from '../../open-load.ts';
import { digestOf, ownTags, SETTINGS_TAG, type OwnedLoad } from '../../owned-load.ts';
import { madeDocument, type Made } from '../documents.ts';
import { nameOf, type Resource } from '../names.ts';
import { arnOf, assertOurs } from './tags.ts';

export async function readMade({ documents }: Pick<OwnedLoad, 'documents'>): Promise<Made> {
  return (await documents.read(madeDocument)) ?? { arns: {} };
}

/**
 * Writes down what was made, unless the load was closed meanwhile: tear-down may have looked before it was there, and looks
 * again because not everything is said to be made.
 * @throws LoadClosedError, DeadlineError
 */
export async function rememberMade(load: Load, more: (made: Made) => Made): Promise<void> {
  await assertOpen(load, load.services);
  await load.documents.write(madeDocument, more(await readMade(load)));
}

/** What `create` answers where Glue says that it is there already. */
export const THERE_ALREADY = 'there already';

/**
 * Makes it once. What an earlier call made, whose answer was lost, is found by its name and tags.
 * @param settings in which it could differ from what is there already
 * @param create is given its tags
 * @throws LoadFailedError when what is there is another's, or otherwise
 */
export async function makeOnce(
  load: Load,
  kind: Resource,
  settings: unknown,
  create: (tags: Record<string, string>) => Promise<'made' | typeof THERE_ALREADY>,
): Promise<void> {
  if ((await readMade(load)).arns[kind] !== undefined) return;
  const digest = digestOf(settings);
  const created = await create({ ...ownTags(load), [SETTINGS_TAG]: digest });
  const arn = await arnOf(load.services, kind, nameOf(load, kind));
  if (created === THERE_ALREADY) await assertOurs(load, kind, arn, digest);
  await rememberMade(load, (made) => ({ ...made, arns: { ...made.arns, [kind]: arn } }));
}
