import { setTimeout as sleep } from 'node:timers/promises';
import { RequestError, TransientError } from '../errors.ts';
import { LoadDocuments, stateDocument } from './documents.ts';
import type { LoadStore } from './load-store.ts';
import { overlap, tableOf } from './lock-targets.ts';

/**
 * The locks of one load: `locks/<loadId>.json`. Only this load ever writes or removes the document, so giving locks back
 * late, twice or after a kill can't take another load's away, as it could with a document for each table.
 *
 * A load first writes down what it wants and then looks at all others, in a store whose reads and lists see every write
 * that was answered before: of two loads that want overlapping tables, at least one sees the other. A name for each table
 * that is created once would not do: `hr.*` overlaps `hr.employees`.
 */
interface Locks {
  loadId: string;
  held: string[];
  wanted: string[];
}

/** How often, and how far apart, a load looks again whether another one, which must yield to it, has done so. */
const LOOKS = 20;
const PAUSE_MS = 250;

/**
 * Takes all of the targets (see lock-targets.ts) or none. What this load holds already stays held.
 * @throws RequestError naming the table and the load that holds it; TransientError when two requests begin at once under
 *   the same loadId: the second sees the first one's load when it is tried again
 */
export async function takeLocks(store: LoadStore, loadId: string, targets: string[]): Promise<void> {
  const earlier = await readLocks(store, pathOf(loadId));
  const held = earlier?.held ?? [];
  const wanted = targets.filter((target) => !held.includes(target));
  if (wanted.length === 0) return;
  const claim: Locks = { loadId, held, wanted };
  if (earlier !== undefined) await writeLocks(store, claim);
  else if (!(await store.create(pathOf(loadId), claim))) {
    throw new TransientError(`Load ${loadId} is being accepted by another invocation at this moment.`);
  }
  try {
    await waitForOthersToYield(store, loadId, wanted);
    await writeLocks(store, { loadId, held: [...held, ...wanted], wanted: [] });
  } catch (error) {
    await writeLocks(store, { loadId, held, wanted: [] });
    throw error;
  }
}

/** Gives back everything this load holds. Called again, or without any locks, it does nothing. */
export async function releaseLocks(store: LoadStore, loadId: string): Promise<void> {
  await store.remove(pathOf(loadId));
}

/** Whether a load holds locks, or was taking some when it broke off. */
export async function hasLocks(store: LoadStore, loadId: string): Promise<boolean> {
  return (await readLocks(store, pathOf(loadId))) !== undefined;
}

/** Of two that want the same and hold nothing yet, the one whose loadId sorts first goes on and the other yields. */
async function waitForOthersToYield(store: LoadStore, loadId: string, wanted: string[]): Promise<void> {
  for (let look = 1; ; look++) {
    const conflicts = await findConflicts(store, loadId, wanted);
    if (conflicts.length === 0) return;
    const lost =
      conflicts.find((other) => other.isHeld || other.loadId < loadId) ?? (look === LOOKS ? conflicts[0] : undefined);
    if (lost !== undefined) throw await refusal(store, lost);
    await sleep(PAUSE_MS);
  }
}

interface Conflict {
  loadId: string;
  target: string;
  isHeld: boolean;
}

async function findConflicts(store: LoadStore, loadId: string, wanted: string[]): Promise<Conflict[]> {
  const others = (await store.list('locks/')).filter((path) => path !== pathOf(loadId));
  const locks = await Promise.all(others.map((path) => readLocks(store, path)));
  return locks.flatMap((other) => {
    if (other === undefined) return [];
    const overlapping = (targets: string[]) =>
      wanted.find((target) => targets.some((theirs) => overlap(target, theirs)));
    const held = overlapping(other.held);
    const target = held ?? overlapping(other.wanted);
    return target === undefined ? [] : [{ loadId: other.loadId, target, isHeld: held !== undefined }];
  });
}

async function refusal(store: LoadStore, { loadId, target }: Conflict): Promise<RequestError> {
  const state = await new LoadDocuments(store, loadId).read(stateDocument);
  const table = { field: 'target', value: tableOf(target) };
  const place = store.address.startsWith('s3:') ? '' : ` --local --store ${store.address}`;
  const command = (name: string) => `npx initial-load ${name} ${loadId}${place}`;
  if (state === undefined) {
    return new RequestError({
      ...table,
      wrong: `load ${loadId}, which is just being accepted or broke off then, holds it`,
      advice: `Try again in a minute; if ${loadId} has not begun by then, end it: ${command('tear-down')}`,
    });
  }
  const rows = state.status === 'kept' ? ' and keeps its rows for a next attempt' : '';
  return new RequestError({
    ...table,
    wrong: `load ${loadId} (${state.dataset} for ${state.consumer}) holds it since ${state.startedAt}${rows}`,
    advice: `Wait until it has ended (${command('status')}), or end it: ${command('tear-down')}`,
  });
}

async function readLocks(store: LoadStore, path: string): Promise<Locks | undefined> {
  return (await store.read(path)) as Locks | undefined;
}

async function writeLocks(store: LoadStore, locks: Locks): Promise<void> {
  if (locks.held.length + locks.wanted.length === 0) return store.remove(pathOf(locks.loadId));
  await store.write(pathOf(locks.loadId), locks);
}

function pathOf(loadId: string): string {
  return `locks/${loadId}.json`;
}
