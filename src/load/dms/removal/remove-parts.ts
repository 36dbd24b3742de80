import type { Ending } from '../resources/end.ts';
import { deleteEndpoint, findEndpoints, SIDES } from '../resources/endpoints.ts';
import { deleteInstance, findInstance } from '../resources/instance.ts';
import type { Found } from '../resources/made.ts';
import { KINDS, nameOf } from '../names.ts';
import { isOurs, type OwnedLoad } from '../../owned-load.ts';
import { givenUp, refuse, trying } from '../../removing.ts';
import { isOver, removal, type Removing } from './removing.ts';
import { deleteSubnetGroup, findSubnetGroup } from '../resources/subnet-group.ts';
import { tagsByArn } from '../resources/tags.ts';

/** What a runner relies on. */
type Part = 'instance' | 'source' | 'target' | 'subnets';

const DELETIONS: Record<Part, (load: OwnedLoad, arn: string) => Promise<Ending>> = {
  instance: deleteInstance,
  source: deleteEndpoint,
  target: deleteEndpoint,
  subnets: deleteSubnetGroup,
};

/**
 * What can be done now to delete these: what is known to be there is deleted, and looked for in the next call; what is not
 * known is looked for, and deleted in the next call. A role may allow deleting only what carries our tags, and refuses what
 * isn't there: so nothing is deleted to see whether it is gone.
 */
export async function removeParts(load: OwnedLoad, removing: Removing, parts: readonly Part[]): Promise<void> {
  const left = parts.filter((part) => !isOver(removing, part));
  const there = left.filter((part) => removing.next[part] === 'delete');
  await lookFor(
    load,
    removing,
    left.filter((part) => !there.includes(part)),
  );
  for (const part of there) await trying(removing, [part], () => deletePart(load, removing, part));
}

async function deletePart(load: OwnedLoad, removing: Removing, part: Part): Promise<void> {
  const deletion = await DELETIONS[part](load, removing.seen[part] ?? '');
  if (deletion === 'gone') removing.next[part] = 'gone';
  else delete removing.next[part];
  const users = givenUp(removing, removal);
  if (deletion === 'not now' && users.length > 0) {
    const named = users.map((kind) => `${KINDS[kind]} ${nameOf(load, kind)}`).join(', ');
    refuse(removing, part, `It is in use, and this could not be removed: ${named}.`);
  }
}

async function lookFor(load: OwnedLoad, removing: Removing, parts: readonly Part[]): Promise<void> {
  const found = new Map<Part, Found | undefined>();
  const sides = SIDES.filter((side) => parts.includes(side));
  if (sides.length > 0) {
    await trying(removing, sides, async () => {
      const endpoints = await findEndpoints(load, sides);
      for (const side of sides) found.set(side, endpoints[side]);
    });
  }
  const [knownArn] = Object.values(removing.seen);
  for (const [part, find] of [
    ['instance', () => findInstance(load)],
    ['subnets', () => findSubnetGroup(load, knownArn)],
  ] as const) {
    if (parts.includes(part)) await trying(removing, [part], async () => void found.set(part, await find()));
  }
  await trying(removing, [...found.keys()], () => weigh(load, removing, found));
}

/** What carries other tags than ours has our name only: for us it isn't there. */
async function weigh(load: OwnedLoad, removing: Removing, found: Map<Part, Found | undefined>): Promise<void> {
  const unknown = [...found].flatMap(([part, it]) => (it && removing.seen[part] !== it.arn ? [it.arn] : []));
  const tags = await tagsByArn(unknown);
  for (const [part, it] of found) {
    if (it === undefined || (unknown.includes(it.arn) && !isOurs(load, tags.get(it.arn)))) {
      removing.next[part] = 'gone';
      continue;
    }
    removing.seen[part] = it.arn;
    if (it.status !== 'deleting') removing.next[part] = 'delete';
  }
}
