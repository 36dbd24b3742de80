import type { OwnedLoad } from '../owned-load.ts';
import { endCall, givenUp, isDone, trying } from '../removing.ts';
import type { Removed } from '../strategy.ts';
import { madeDocument } from './documents.ts';
import { REMOVALS } from './removal/remove-resources.ts';
import { readRemoving, removal } from './removal/removing.ts';

const ORDER = ['job', 'network', 'scripts', 'rows'] as const;

/**
 * Removes what the load has in Glue: the job once none of its runs goes on, then the connection that they used, and the
 * script's files in the load store, and the rows that it left there for topics. Nothing of the load need be known but its name. What Glue refuses for good is reported,
 * and keeps nothing waiting that can go without it; throttling, and runs that are stopping, are waited for. Where
 * provisioning had not ended, everything is looked for a second time.
 */
export async function tearDown(load: OwnedLoad): Promise<Removed> {
  const removing = await readRemoving(load);
  for (const kind of ORDER) {
    if (isDone(removing, kind)) continue;
    await trying(removing, [kind], () => REMOVALS[kind](load, removing));
    if (!isDone(removing, kind)) break;
  }
  const removed = await endCall(load, removing, removal);
  if (removing.ended && givenUp(removing, removal).length === 0) await load.documents.remove(madeDocument);
  return removed;
}
