import { LoadFailedError, TransientError } from '../errors.ts';
import type { TornDown } from '../model.ts';
import { done } from '../step.ts';
import type { DocumentName } from '../store/documents.ts';
import type { OwnedLoad } from './owned-load.ts';
import { LONGEST_INVOCATION_SECONDS, POLL_SECONDS, waitFor } from './pace.ts';
import type { Removed } from './strategy.ts';
import { tellWaitingFor } from './waiting-for.ts';

/** After so many refusals (by no right, say) a thing is given up and reported; what doesn't rely on it is removed. */
const MOST_REFUSALS = 3;
/** Longer than the slowest thing takes to go. What is there after that is left to the sweep, so that the consumer is told. */
const LONGEST_MS = 2 * 3_600_000;

/** How far a tear-down is. Nothing of it is needed to begin one: without this everything is looked for by its name. */
export interface Removing<Kind extends string> {
  /** ISO 8601, UTC. */
  startedAt: string;
  /** What there is of the load, with the ARN: once it is gone it is reported as deleted. */
  seen: Partial<Record<Kind, string>>;
  /** Absent: it is looked for. `delete`: it is there and waits to be deleted. */
  next: Partial<Record<Kind, 'delete' | 'gone'>>;
  refused: Partial<Record<Kind, { times: number; detail: string }>>;
  /** Everything is looked for once more at the end, since a step of the load may still be making something. */
  lookAgain: boolean;
  ended: boolean;
}

/** What a strategy removes. */
export interface Removal<Kind extends string> {
  /** With their names in `tornDown`, in the order of removal. */
  kinds: Readonly<Record<Kind, string>>;
  idOf(load: OwnedLoad, kind: Kind): string;
  /** Nothing is left to do about it: isDone, unless one kind goes with another. */
  isOver(removing: Removing<Kind>, kind: Kind): boolean;
  document: DocumentName<Removing<Kind>>;
  /** Told to whoever watches. */
  waitsFor: string;
}

/** Where the tear-down that is under way stands; a new one begins with what provisioning says that it made. */
export async function readRemoving<Kind extends string>(
  load: OwnedLoad,
  removal: Removal<Kind>,
  begin: () => Promise<Pick<Removing<Kind>, 'seen' | 'next' | 'lookAgain'>>,
): Promise<Removing<Kind>> {
  const known = await load.documents.read(removal.document);
  if (known !== undefined && !known.ended) return known;
  const begun = await begin();
  // What an earlier tear-down removed is told again, since its last answer may have been lost; and of what it gave up,
  // perhaps without having seen it, it is told that it is gone.
  const unseen = Object.fromEntries((known ? givenUp(known, removal) : []).map((kind) => [kind, '']));
  return {
    ...begun,
    startedAt: load.services.now().toISOString(),
    seen: { ...(unseen as Partial<Record<Kind, string>>), ...known?.seen, ...begun.seen },
    refused: {},
    ended: false,
  };
}

/** Gone, or given up. */
export function isDone<Kind extends string>(removing: Removing<Kind>, kind: Kind): boolean {
  return removing.next[kind] === 'gone' || isGivenUp(removing, kind);
}

export function isGivenUp<Kind extends string>({ refused }: Removing<Kind>, kind: Kind): boolean {
  return (refused[kind]?.times ?? 0) >= MOST_REFUSALS;
}

export function givenUp<Kind extends string>(removing: Removing<Kind>, removal: Removal<Kind>): Kind[] {
  return kindsOf(removal).filter((kind) => isGivenUp(removing, kind) && removing.next[kind] !== 'gone');
}

/** It is looked for again before it is tried again. */
export function refuse<Kind extends string>(removing: Removing<Kind>, kind: Kind, detail: string): void {
  removing.refused[kind] = { times: (removing.refused[kind]?.times ?? 0) + 1, detail };
  delete removing.next[kind];
}

/** What can't be done is noted, and what may pass is left for the next call: neither keeps the other kinds waiting. */
export async function trying<Kind extends string>(
  removing: Removing<Kind>,
  kinds: readonly Kind[],
  action: () => Promise<void>,
): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (error instanceof TransientError) return;
    if (!(error instanceof LoadFailedError)) throw error;
    for (const kind of kinds) refuse(removing, kind, error.message);
  }
}

/** Writes down how far this call came, and answers what is gone by now and, at the end, what could not be removed. */
export async function endCall<Kind extends string>(
  load: OwnedLoad,
  removing: Removing<Kind>,
  removal: Removal<Kind>,
): Promise<Removed> {
  const now = load.services.now();
  giveUpInTime(removing, removal, now);
  const tornDown = reportOf(load, removing, removal);
  const allOver = kindsOf(removal).every((kind) => removal.isOver(removing, kind));
  let shortestSeconds = POLL_SECONDS;
  if (allOver && removing.lookAgain) {
    Object.assign(removing, { lookAgain: false, next: {}, refused: {} });
    const seconds = (now.getTime() - Date.parse(removing.startedAt)) / 1_000;
    shortestSeconds = Math.max(shortestSeconds, LONGEST_INVOCATION_SECONDS - seconds);
  } else removing.ended = allOver;
  await load.documents.write(removal.document, removing);
  if (removing.ended) return { answer: done, tornDown: reportOf(load, removing, removal) };
  await tellWaitingFor(load, removal.waitsFor);
  // Tear-down has a beginning of its own, and no deadline.
  const { loadId, services } = load;
  const answer = waitFor({ loadId, services, startedAt: new Date(removing.startedAt) }, { shortestSeconds });
  return { answer, tornDown };
}

/** One kind a call: what it kept waiting is tried first. */
function giveUpInTime<Kind extends string>(removing: Removing<Kind>, removal: Removal<Kind>, now: Date): void {
  if (now.getTime() - Date.parse(removing.startedAt) < LONGEST_MS) return;
  const kind = kindsOf(removal).find((each) => !removal.isOver(removing, each));
  if (kind === undefined) return;
  const detail = removing.refused[kind]?.detail ?? `It is still there after ${LONGEST_MS / 3_600_000} hours.`;
  removing.refused[kind] = { times: MOST_REFUSALS, detail };
}

function reportOf<Kind extends string>(load: OwnedLoad, removing: Removing<Kind>, removal: Removal<Kind>): TornDown[] {
  const told = (kind: Kind) => ({ type: removal.kinds[kind], id: removal.idOf(load, kind) });
  const deleted = kindsOf(removal).filter(
    (kind) => removing.seen[kind] !== undefined && removing.next[kind] === 'gone',
  );
  const failed = removing.ended ? givenUp(removing, removal) : [];
  return [
    ...deleted.map((kind): TornDown => ({ ...told(kind), status: 'deleted' })),
    ...failed.map((kind): TornDown => ({
      ...told(kind),
      status: 'failed',
      detail: removing.refused[kind]?.detail ?? '',
    })),
  ];
}

function kindsOf<Kind extends string>({ kinds }: Removal<Kind>): Kind[] {
  return Object.keys(kinds) as Kind[];
}
