import { removeFolder } from '../../../files/folder.ts';
import { documentName } from '../../../store/documents.ts';
import { isOurs, type OwnedLoad } from '../../owned-load.ts';
import { ROWS_FOLDER, SCRIPT_FOLDER } from '../addresses.ts';
import { callGlue } from '../calls.ts';
import { nameOf, type Kind, type Resource } from '../names.ts';
import { arnOf, tagsOf } from '../resources/tags.ts';
import { listRuns, stopRuns } from '../run/runs.ts';
import { isAnyAsking } from '../run/starts.ts';
import { isOver } from '../run/words.ts';
import { removal, rowsFolder, type Removing } from './removing.ts';

/** What can be done now to remove one kind. A role may delete only what carries our tags, and refuses what isn't there. */
export const REMOVALS: Record<Kind, (load: OwnedLoad, removing: Removing) => Promise<void>> = {
  job: removeJob,
  network: removeNetwork,
  scripts: removeScripts,
  rows: removeRows,
};

/**
 * Its runs are stopped first, and waited for, also one that an invocation may be asking for at this moment: Glue deletes a
 * job from under its runs, which would go on and be paid for.
 */
async function removeJob(load: OwnedLoad, removing: Removing): Promise<void> {
  if (!(await isThere(load, removing, 'job'))) return;
  const runs = (await listRuns(load)) ?? [];
  const going = runs.filter(({ state }) => !isOver(state));
  if (going.length > 0) {
    const [refused] = await stopRuns(load, going);
    // A run that has ended meanwhile can't be stopped either, so this is no refusal yet; if it goes on, it is said at last.
    if (refused !== undefined) removing.refused.job = { times: removing.refused.job?.times ?? 0, detail: refused };
    return;
  }
  if (await isAnyAsking(load)) return;
  await callGlue('DeleteJob', ({ client, sdk }) =>
    client.send(new sdk.DeleteJobCommand({ JobName: nameOf(load, 'job') })),
  );
  removing.next.job = 'gone';
}

async function removeNetwork(load: OwnedLoad, removing: Removing): Promise<void> {
  if (!(await isThere(load, removing, 'network'))) return;
  await callGlue<unknown>(
    'DeleteConnection',
    ({ client, sdk }) => client.send(new sdk.DeleteConnectionCommand({ ConnectionName: nameOf(load, 'network') })),
    { EntityNotFoundException: undefined },
  );
  removing.next.network = 'gone';
}

/** What carries other tags than ours has our name only: for us it isn't there. */
async function isThere(load: OwnedLoad, removing: Removing, kind: Resource): Promise<boolean> {
  const arn = await arnOf(load.services, kind, nameOf(load, kind));
  const tags = await tagsOf(arn);
  if (tags !== undefined && isOurs(load, tags)) {
    removing.seen[kind] = arn;
    return true;
  }
  removing.next[kind] = 'gone';
  return false;
}

async function removeScripts(load: OwnedLoad, removing: Removing): Promise<void> {
  for (const path of await load.documents.list(SCRIPT_FOLDER)) {
    removing.seen.scripts = removal.idOf(load, 'scripts');
    await load.documents.remove(documentName(path));
  }
  removing.next.scripts = 'gone';
}

/** After the job: what of its runs goes on would write more. */
async function removeRows(load: OwnedLoad, removing: Removing): Promise<void> {
  if ((await load.documents.list(ROWS_FOLDER)).length > 0) {
    removing.seen.rows = removal.idOf(load, 'rows');
    await removeFolder(rowsFolder(load));
  }
  removing.next.rows = 'gone';
}
