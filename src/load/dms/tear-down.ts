import { done } from '../../step.ts';
import type { Removed } from '../strategy.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { madeDocument, removingDocument, type Removing } from './documents.ts';
import type { Kind, OwnedLoad } from './names.ts';
import { POLL_SECONDS, waitFor } from './pace.ts';
import { removeParts } from './removal/remove-parts.ts';
import { removeRunner } from './removal/remove-runner.ts';
import { allOver, givenUp, giveUpInTime, isOver, readRemoving, reportOf, trying } from './removal/removing.ts';
import { allRunners } from './run/runners.ts';

/** Longer than a function of the control plane may run (serverless.yml): whatever was being made is there by then. */
const NOTHING_MADE_AFTER_SECONDS = 130;
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
  const now = load.services.now();
  giveUpInTime(removing, now);
  const tornDown = reportOf(load, removing);
  let shortestSeconds = POLL_SECONDS;
  if (allOver(removing) && removing.lookAgain) {
    Object.assign(removing, { lookAgain: false, next: {}, refused: {} });
    const seconds = (now.getTime() - Date.parse(removing.startedAt)) / 1_000;
    shortestSeconds = Math.max(shortestSeconds, NOTHING_MADE_AFTER_SECONDS - seconds);
  } else removing.ended = allOver(removing);
  await load.documents.write(removingDocument, removing);
  if (!removing.ended) {
    await tellWaitingFor(load, 'what was made in DMS, until it is gone');
    // Tear-down has a beginning of its own, and no deadline.
    const { loadId, services } = load;
    const answer = waitFor({ loadId, services, startedAt: new Date(removing.startedAt) }, { shortestSeconds });
    return { answer, tornDown };
  }
  if (givenUp(removing).length === 0) await load.documents.remove(madeDocument);
  return { answer: done, tornDown: reportOf(load, removing) };
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
