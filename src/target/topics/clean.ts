import type { TornDown } from '../../model.ts';
import type { Load } from '../../services.ts';
import { done, pollAgain, type StepAnswer } from '../../step.ts';
import { documentName, madeTopicsDocument, removingTopicsDocument, type MakingTopics } from '../../store/documents.ts';
import { asAdmin, changingTopics } from './cluster.ts';
import { groupsOf, topicsOf } from './names.ts';

/** Longer than a step that makes topics may go on after the load was closed (the functions' time-out). */
const LONGEST_INVOCATION_SECONDS = 900;
const LOOK_AGAIN_SECONDS = 15;
/** For a topic that doesn't go, of which Amazon MSK says that consumers are attached to it: then tear-down goes on without. */
const PATIENCE_SECONDS = 900;

interface Cleaned {
  answer: StepAnswer;
  tornDown: TornDown[];
}

/**
 * Removes topics and checkpoints, however the load ended: what was in them has been read, or is of no use. A step that was
 * still making topics when the load was closed may make one after that: then they are looked for until none can. One that
 * does not go is waited for, and then reported as failed, so that the sweep tries again.
 * @throws TransientError, LoadFailedError
 */
export async function cleanTopics(load: Load): Promise<Cleaned> {
  if (!(await load.documents.read(madeTopicsDocument))) return { answer: done, tornDown: [] };
  const mayBeMade = await areBeingMade(load);
  const removed = await removeTopics(load);
  if (removed.answer.status === 'working') return removed;
  // Topics first: they are what clutters a cluster, also where the right to remove groups is missing.
  await asAdmin(load, 'Removing checkpoints', async (admin) => {
    for (const group of groupsOf(load)) await admin.deleteGroup(group);
  });
  return mayBeMade ? { ...removed, answer: { status: 'working', waitSeconds: LOOK_AGAIN_SECONDS } } : removed;
}

async function removeTopics(load: Load): Promise<Cleaned> {
  const tornDown: TornDown[] = [];
  await changingTopics(load, 'Removing topics', async (changes) => {
    for (const { name } of topicsOf(load)) {
      const detail = await changes.deleteTopic(name);
      tornDown.push({
        type: 'Kafka topic',
        id: name,
        ...(detail ? { status: 'failed', detail } : { status: 'deleted' }),
      });
    }
  });
  if (tornDown.some(({ status }) => status === 'failed')) return stillThere(load, tornDown);
  await load.documents.remove(removingTopicsDocument);
  return { answer: done, tornDown };
}

/** What goes while it is waited for is no failure. Each tear-down waits anew. */
async function stillThere(load: Load, tornDown: TornDown[]): Promise<Cleaned> {
  const now = load.services.now();
  await load.documents.create(removingTopicsDocument, { since: now.toISOString() });
  const begun = await load.documents.need(removingTopicsDocument);
  if (secondsSince(begun, load) > PATIENCE_SECONDS) {
    await load.documents.remove(removingTopicsDocument);
    return { answer: done, tornDown };
  }
  const gone = tornDown.filter(({ status }) => status === 'deleted');
  return { answer: pollAgain({ startedAt: new Date(begun.since), now }), tornDown: gone };
}

/** Asked before they are removed. Of a step that was killed its note stays: then its time-out says when it is over. */
async function areBeingMade(load: Load): Promise<boolean> {
  for (const path of await load.documents.list('making-topics/')) {
    const making = await load.documents.read(documentName<MakingTopics>(path));
    if (making && secondsSince(making, load) <= LONGEST_INVOCATION_SECONDS) return true;
  }
  return false;
}

function secondsSince({ since }: { since: string }, { services }: Load): number {
  return (services.now().getTime() - Date.parse(since)) / 1_000;
}
