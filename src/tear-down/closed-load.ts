import { readLoad } from '../load/open-load.ts';
import type { TornDown } from '../model.ts';
import type { Load, Services } from '../services.ts';
import type { LoadState, Outcome } from '../store/documents.ts';
import { LoadDocuments, outcomeDocument, stateDocument, tornDownDocument } from '../store/documents.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** What the later steps of tear-down work on. */
export interface ClosedLoad {
  documents: LoadDocuments;
  state: LoadState;
  outcome: Outcome;
  /** Absent when nothing was made outside the load store, so that there is nothing to remove. */
  load?: Load;
}

/** The load that was closed; undefined when another attempt has it by now, and where only leftovers are removed. */
export async function readClosedLoad(input: TearDownInput, services: Services): Promise<ClosedLoad | undefined> {
  if (input.leftovers !== undefined) return undefined;
  const documents = new LoadDocuments(services.store, input.loadId);
  const state = await documents.read(stateDocument);
  if (state === undefined || state.attempt !== input.attempt || state.status !== 'closed') return undefined;
  const outcome = await documents.need(outcomeDocument);
  const load = state.provisioned ? await readLoad(state, services) : undefined;
  return { documents, state, outcome, ...(load && { load }) };
}

/** Adds to the list of what was torn down. */
export async function addTornDown(documents: LoadDocuments, added: TornDown[]): Promise<void> {
  if (added.length === 0) return;
  await documents.write(tornDownDocument, mergeTornDown((await documents.read(tornDownDocument)) ?? [], added));
}

/** What is told again replaces what was told before. */
export function mergeTornDown(earlier: TornDown[], added: TornDown[]): TornDown[] {
  const again = (old: TornDown) => added.some(({ type, id }) => type === old.type && id === old.id);
  return [...earlier.filter((old) => !again(old)), ...added];
}

/** The problems of an earlier tear-down are over, or told again. @returns all that was torn down, or could not be */
export async function replaceProblems(documents: LoadDocuments, problems: TornDown[]): Promise<TornDown[]> {
  const earlier = (await documents.read(tornDownDocument)) ?? [];
  const tornDown = [...withoutProblems(earlier), ...problems];
  await documents.write(tornDownDocument, tornDown);
  return tornDown;
}

export function withoutProblems(tornDown: TornDown[]): TornDown[] {
  return tornDown.filter(({ type }) => type !== 'step');
}
