import type { TornDown } from '../../model.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { documentName, madeTopicsDocument, type MakingTopics } from '../../store/documents.ts';
import { asAdmin } from './cluster.ts';
import { groupsOf, topicsOf } from './names.ts';

/** Longer than a step that makes topics may go on after the load was closed (the functions' time-out). */
const LONGEST_INVOCATION_SECONDS = 900;
const LOOK_AGAIN_SECONDS = 15;

/**
 * Removes topics and checkpoints, however the load ended: what was in them has been read, or is of no use. A step that was
 * still making topics when the load was closed may make one after that: then they are looked for until none can.
 * @throws TransientError, LoadFailedError
 */
export async function cleanTopics(load: Load): Promise<{ answer: StepAnswer; tornDown: TornDown[] }> {
  if (!(await load.documents.read(madeTopicsDocument))) return { answer: done, tornDown: [] };
  const mayBeMade = await areBeingMade(load);
  const tornDown: TornDown[] = [];
  await asAdmin(load, 'Removing topics', async (admin) => {
    for (const { name } of topicsOf(load)) {
      await admin.deleteTopic(name);
      tornDown.push({ type: 'Kafka topic', id: name, status: 'deleted' });
    }
    for (const group of groupsOf(load)) await admin.deleteGroup(group);
  });
  return { answer: mayBeMade ? { status: 'working', waitSeconds: LOOK_AGAIN_SECONDS } : done, tornDown };
}

/** Asked before they are removed. Of a step that was killed its note stays: then its time-out says when it is over. */
async function areBeingMade({ documents, services }: Load): Promise<boolean> {
  for (const path of await documents.list('making-topics/')) {
    const { since } = (await documents.read(documentName<MakingTopics>(path))) ?? {};
    const sinceSeconds = since === undefined ? Infinity : (services.now().getTime() - Date.parse(since)) / 1_000;
    if (sinceSeconds <= LONGEST_INVOCATION_SECONDS) return true;
  }
  return false;
}
