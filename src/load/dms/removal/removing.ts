import { LoadFailedError, TransientError } from '../../../errors.ts';
import type { TornDown } from '../../../model.ts';
import { removingDocument, type Removing } from '../documents.ts';
import { readMade } from '../resources/made.ts';
import { KINDS, nameOf, type Kind, type OwnedLoad } from '../names.ts';

/** After so many refusals (by no right, say) a thing is given up and reported; what doesn't rely on it is removed. */
const MOST_REFUSALS = 3;
/** Longer than the slowest thing takes to go. What is there after that is left to the sweep, so that the consumer is told. */
const LONGEST_MS = 2 * 3_600_000;

const ALL = Object.keys(KINDS) as Kind[];

/** Where the tear-down that is under way stands; a new one begins with what provisioning says that it made. */
export async function readRemoving(load: OwnedLoad): Promise<Removing> {
  const known = await load.documents.read(removingDocument);
  if (known !== undefined && !known.ended) return known;
  const { arns, ready } = await readMade(load);
  const next: Removing['next'] = {};
  for (const kind of ['instance', 'source', 'target', 'subnets'] as const) {
    if (arns[kind] !== undefined) next[kind] = 'delete';
  }
  // Of a load that has the one, nobody makes the other.
  if (arns.task !== undefined) next.replication = 'gone';
  if (arns.replication !== undefined) next.task = next.assessment = 'gone';
  return {
    startedAt: load.services.now().toISOString(),
    // What an earlier tear-down removed is told again, since its last answer may have been lost; and of what it gave up,
    // perhaps without having seen it, it is told that it is gone.
    seen: { ...Object.fromEntries((known ? givenUp(known) : []).map((kind) => [kind, ''])), ...known?.seen, ...arns },
    next,
    refused: {},
    lookAgain: !ready.includes('task') && !ready.includes('replication'),
    ended: false,
  };
}

/** Gone, or given up. An assessment run goes with its task, and is not waited for when the task can't go. */
export function isOver(removing: Removing, kind: Kind): boolean {
  if (removing.next[kind] === 'gone' || isGivenUp(removing, kind)) return true;
  return kind === 'assessment' && isGivenUp(removing, 'task');
}

function isGivenUp({ refused }: Removing, kind: Kind): boolean {
  return (refused[kind]?.times ?? 0) >= MOST_REFUSALS;
}

export function allOver(removing: Removing, kinds: readonly Kind[] = ALL): boolean {
  return kinds.every((kind) => isOver(removing, kind));
}

export function givenUp(removing: Removing): Kind[] {
  return ALL.filter((kind) => isGivenUp(removing, kind) && removing.next[kind] !== 'gone');
}

/** It is looked for again before it is tried again. */
export function refuse(removing: Removing, kind: Kind, detail: string): void {
  removing.refused[kind] = { times: (removing.refused[kind]?.times ?? 0) + 1, detail };
  delete removing.next[kind];
}

/** What can't be done is noted, and what may pass is left for the next call: neither keeps the other kinds waiting. */
export async function trying(removing: Removing, kinds: readonly Kind[], action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TransientError) return;
    if (!(error instanceof LoadFailedError)) throw error;
    for (const kind of kinds) refuse(removing, kind, error.message);
  }
}

export function giveUpInTime(removing: Removing, now: Date): void {
  if (now.getTime() - Date.parse(removing.startedAt) < LONGEST_MS) return;
  for (const kind of ALL) {
    if (isOver(removing, kind)) continue;
    const detail = removing.refused[kind]?.detail ?? `It is still there after ${LONGEST_MS / 3_600_000} hours.`;
    removing.refused[kind] = { times: MOST_REFUSALS, detail };
  }
}

/** What is gone by now, and, at the end, what could not be removed. */
export function reportOf(load: OwnedLoad, removing: Removing): TornDown[] {
  const told = (kind: Kind) => ({ type: KINDS[kind], id: nameOf(load, kind) });
  const deleted = ALL.filter((kind) => removing.seen[kind] !== undefined && removing.next[kind] === 'gone');
  return [
    ...deleted.map((kind): TornDown => ({ ...told(kind), status: 'deleted' })),
    ...(removing.ended ? givenUp(removing) : []).map((kind): TornDown => {
      return { ...told(kind), status: 'failed', detail: removing.refused[kind]?.detail ?? '' };
    }),
  ];
}
