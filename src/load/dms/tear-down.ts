import type { OwnedLoad } from '../owned-load.ts';
import { endCall, givenUp, trying } from '../removing.ts';
import type { Removed } from '../strategy.ts';
import { madeDocument } from './documents.ts';
import type { Kind } from './names.ts';
import { removeParts } from './removal/remove-parts.ts';
import { removeRunner } from './removal/remove-runner.ts';
import { allOver, isOver, readRemoving, removal, type Removing } from './removal/removing.ts';
import { allRunners } from './run/runners.ts';

/** That makes about four requests. */
const MOST_STAGES_A_CALL = 2;
const PARTS = ['instance', 'source', 'target'] as const;

/**
 * Removes what the load has in DMS, in the order that DMS demands: the task or serverless replication, then endpoints and
 * instance, then the subnet group; each once the earlier ones are gone. Nothing of the load need be known but its name.
 * What DMS refuses for good is reported, and keeps nothing waiting that can go without it; throttling, and what is still
 * changing, is waited for. Where provisioning had not ended, everything is looked for a second time.
 */
export async function tearDown(load: OwnedLoad): Promise<Removed> {
  const removing = await readRemoving(load);
  await removeWhatCanGo(load, removing);
  const removed = await endCall(load, removing, removal);
  if (removing.ended && givenUp(removing, removal).length === 0) await load.documents.remove(madeDocument);
  return removed;
}

/** A kind that can't go keeps those waiting that it relies on, unless it was given up. */
async function removeWhatCanGo(load: OwnedLoad, removing: Removing): Promise<void> {
  const stages: [kinds: readonly Kind[], remove: () => Promise<void>][] = [
    [['task', 'replication'], () => removeRunners(load, removing)],
    [PARTS, () => removeParts(load, removing, PARTS)],
    [['subnets'], () => removeParts(load, removing, ['subnets'])],
  ];
  const left = stages.filter(([kinds]) => !allOver(removing, kinds));
  for (const [kinds, remove] of left.slice(0, MOST_STAGES_A_CALL)) {
    await remove();
    if (!allOver(removing, kinds)) return;
  }
}

async function removeRunners(load: OwnedLoad, removing: Removing): Promise<void> {
  for (const runner of allRunners.filter(({ kind }) => !isOver(removing, kind))) {
    await trying(removing, [runner.kind], () => removeRunner(load, removing, runner));
  }
}
