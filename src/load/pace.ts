import { createHash } from 'node:crypto';
import type { Load } from '../services.ts';
import { pollAgain } from '../step.ts';
import type { StepAnswer } from '../step.ts';
import type { OwnedLoad } from './owned-load.ts';

/** Before the next thing is made. */
export const BETWEEN_CREATES_SECONDS = 15;
/** Before it is asked again how far something is that takes minutes. */
export const POLL_SECONDS = 30;
/** Longer than a function of the control plane may run (serverless.yml): by then none is still asking for anything. */
export const LONGEST_INVOCATION_SECONDS = 130;
/** By how much more than the shortest wait a load may wait each time. */
const SPREAD = 0.5;

/**
 * When to call again. AWS counts the requests of a whole account, so a load waits up to half as long again as it has to, by
 * a share that is its own: loads that were started together drift apart.
 */
export function waitFor(
  load: Pick<OwnedLoad, 'loadId' | 'startedAt' | 'services'> & Partial<Pick<Load, 'deadlineAt'>>,
  { shortestSeconds }: { shortestSeconds: number },
): StepAnswer {
  const { loadId, startedAt, deadlineAt, services } = load;
  return pollAgain({
    startedAt,
    now: services.now(),
    ...(deadlineAt && { deadlineAt }),
    shortestSeconds: shortestSeconds * (1 + SPREAD * shareOf(loadId)),
  });
}

/** From 0 to 1, always the same for a load. */
function shareOf(loadId: string): number {
  return createHash('sha256').update(loadId).digest().readUInt32BE() / 0xff_ff_ff_ff;
}
