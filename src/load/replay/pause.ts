import type { Load } from '../../services.ts';
import { pollAgain, type StepAnswer } from '../../step.ts';
import { replayPausedDocument } from '../../store/documents.ts';
import { tellWaitingFor } from '../waiting-for.ts';

/** The waits grow with the pause, as all waits do. @param what is waited for, in a few words */
export async function pause(load: Load, what: string): Promise<StepAnswer> {
  const { documents, services, deadlineAt } = load;
  const now = services.now();
  await tellWaitingFor(load, what);
  await documents.create(replayPausedDocument, { since: now.toISOString() });
  const { since } = await documents.need(replayPausedDocument);
  return pollAgain({ startedAt: new Date(since), now, deadlineAt });
}

/** Nothing is waited for any more. */
export async function goOn(load: Load): Promise<void> {
  await load.documents.remove(replayPausedDocument);
  await tellWaitingFor(load, undefined);
}

export function waitingForOthers(lagging: string[]): string {
  return `other consumers to catch up: ${lagging.join('; ')}`;
}
