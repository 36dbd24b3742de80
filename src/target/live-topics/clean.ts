import type { TornDown } from '../../model.ts';
import type { Load } from '../../services.ts';
import { replayBegunDocument } from '../../store/documents.ts';
import { asAdmin } from '../topics/cluster.ts';
import { groupsOf } from '../topics/names.ts';

/**
 * Removes the checkpoints, unless a next attempt goes on from them. What was replayed stays, which is said.
 * @throws TransientError, LoadFailedError
 */
export async function cleanReplay(load: Load, { keep }: { keep: boolean }): Promise<TornDown[]> {
  if (!(await load.documents.read(replayBegunDocument))) return [];
  if (!keep && !load.request.topics?.signals) {
    await asAdmin(load, 'Removing checkpoints', async (admin) => {
      for (const group of groupsOf(load)) await admin.deleteGroup(group);
    });
  }
  return (load.plan.liveTopics ?? []).map(({ topic }) => ({
    type: 'records in the live topic',
    id: topic,
    status: 'kept',
    detail: "what was replayed can't be undone: nothing is deleted from a live topic",
  }));
}
