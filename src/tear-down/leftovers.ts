import { latestClaim } from '../load/claim-attempt.ts';
import type { StepRegistry } from '../load/strategy.ts';
import type { TornDown } from '../model.ts';
import type { StrategyName } from '../request/schema.ts';
import type { Services } from '../services.ts';
import { done } from '../step.ts';
import type { StepAnswer } from '../step.ts';
import { documentName, LoadDocuments, resultDocument, stateDocument, tornDownDocument } from '../store/documents.ts';
import { addTornDown, mergeTornDown, replaceProblems, withoutProblems } from './closed-load.ts';
import type { TearDownInput } from './tear-down-input.ts';

/** A tear-down that the sweep started for what it found by its tags. */
export type LeftoversInput = TearDownInput & { leftovers: StrategyName };

export function isOfLeftovers(input: TearDownInput): input is LeftoversInput {
  return input.leftovers !== undefined;
}

/**
 * Whether the load is still as the sweep found it: ended, or not known. An attempt claims its number before it makes
 * anything, so one that has begun since is seen by that, and what is found may be its.
 */
export async function areLeft({ loadId, attempt }: LeftoversInput, services: Services): Promise<boolean> {
  const documents = new LoadDocuments(services.store, loadId);
  const state = await documents.read(stateDocument);
  if (state !== undefined && (state.status !== 'finished' || state.attempt > attempt)) return false;
  return ((await latestClaim(documents))?.attempt ?? 0) <= attempt;
}

export async function removeLeftovers(
  steps: StepRegistry,
  input: LeftoversInput,
  services: Services,
): Promise<StepAnswer> {
  if (!(await areLeft(input, services))) return done;
  const remove = steps[input.leftovers]?.leftovers?.remove;
  if (!remove) throw new Error(`The strategy ${input.leftovers} has no leftovers in this plane of this version.`);
  const { loadId } = input;
  const documents = new LoadDocuments(services.store, loadId);
  const { answer, tornDown } = await remove({ loadId, startedAt: services.now(), documents, services });
  await addTornDown(documents, tornDown);
  return answer;
}

/** Adds what was removed to the load's result, if there is one; of a load that isn't known it stays in torn-down.json. */
export async function recordLeftovers(
  { loadId }: LeftoversInput,
  services: Services,
  problems: TornDown[],
): Promise<void> {
  const documents = new LoadDocuments(services.store, loadId);
  const removed = await replaceProblems(documents, problems);
  const result = await documents.read(resultDocument);
  if (result !== undefined) {
    const tornDown = mergeTornDown(withoutProblems(result.tornDown), removed);
    const tearDown = tornDown.some(({ status }) => status === 'failed') ? 'incomplete' : 'complete';
    await documents.write(resultDocument, { ...result, tornDown, tearDown });
  }
  if ((await documents.read(stateDocument)) === undefined) await forgetAllBut(documents, ACCOUNTS);
}

/** What is known of a load that isn't in the store any more, and who began it. */
const ACCOUNTS = [resultDocument.path, tornDownDocument.path, 'attempts/'];

async function forgetAllBut(documents: LoadDocuments, kept: string[]): Promise<void> {
  for (const path of await documents.list('')) {
    if (!kept.some((each) => path.startsWith(each))) await documents.remove(documentName(path));
  }
}
