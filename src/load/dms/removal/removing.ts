import { documentName } from '../../../store/documents.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import * as shared from '../../removing.ts';
import { KINDS, nameOf, type Kind } from '../names.ts';
import { readMade } from '../resources/made.ts';

export type Removing = shared.Removing<Kind>;

export const removal: shared.Removal<Kind> = {
  kinds: KINDS,
  idOf: nameOf,
  isOver,
  document: documentName<Removing>('dms/removing.json'),
  waitsFor: 'what was made in DMS, until it is gone',
};

export function readRemoving(load: OwnedLoad): Promise<Removing> {
  return shared.readRemoving(load, removal, async () => {
    const { arns, ready } = await readMade(load);
    const next: Removing['next'] = {};
    for (const kind of ['instance', 'source', 'target', 'subnets'] as const) {
      if (arns[kind] !== undefined) next[kind] = 'delete';
    }
    // Of a load that has the one, nobody makes the other.
    if (arns.task !== undefined) next.replication = 'gone';
    if (arns.replication !== undefined) next.task = next.assessment = 'gone';
    return { seen: arns, next, lookAgain: !ready.includes('task') && !ready.includes('replication') };
  });
}

/** An assessment run goes with its task, and is not waited for when the task can't go. */
export function isOver(removing: Removing, kind: Kind): boolean {
  return shared.isDone(removing, kind) || (kind === 'assessment' && shared.isGivenUp(removing, 'task'));
}

export function allOver(removing: Removing, kinds: readonly Kind[]): boolean {
  return kinds.every((kind) => isOver(removing, kind));
}
