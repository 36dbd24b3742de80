import { DeadlineError } from './errors.ts';
import type { Plane } from './model.ts';

/**
 * What a step that may take long answers: nothing waits inside a Lambda, the state machine calls again. A shard's advance
 * may name the plane that is called next, when something has to be done there; without it, it is the plan's.
 */
export type StepAnswer = { status: 'done' } | { status: 'working'; waitSeconds: number; plane?: Plane };

export const done: StepAnswer = { status: 'done' };

const SHORTEST_WAIT_SECONDS = 15;
const LONGEST_WAIT_SECONDS = 3_600;
const WAIT_SHARE_OF_ELAPSED = 0.05;

/**
 * The wait before the next poll: 5 % of the time elapsed, from 15 s to 1 h, cut by the load's deadline if there is one to
 * keep: tear-down knows none, and cut by one that has passed it would poll every second. Fourteen days of
 * polling cost about 4,000 of the 25,000 history events that Step Functions allows an execution.
 */
export function pollAgain(times: {
  startedAt: Date;
  now: Date;
  deadlineAt?: Date;
  /** For a service that is asked less often. */
  shortestSeconds?: number;
}): StepAnswer {
  const { startedAt, now, deadlineAt, shortestSeconds = SHORTEST_WAIT_SECONDS } = times;
  const elapsedSeconds = (now.getTime() - startedAt.getTime()) / 1_000;
  const leftSeconds = deadlineAt ? (deadlineAt.getTime() - now.getTime()) / 1_000 : Infinity;
  const wait = Math.min(Math.max(elapsedSeconds * WAIT_SHARE_OF_ELAPSED, shortestSeconds), LONGEST_WAIT_SECONDS);
  return { status: 'working', waitSeconds: Math.max(1, Math.ceil(Math.min(wait, leftSeconds))) };
}

/** A step that ran out of its invocation's time, not of work, is called again at once. */
export const callAgainAtOnce: Extract<StepAnswer, { status: 'working' }> = { status: 'working', waitSeconds: 0 };

/** @throws DeadlineError when the load's deadline has passed. */
export function assertBeforeDeadline(now: Date, deadlineAt: Date): void {
  if (now >= deadlineAt) throw new DeadlineError(`The load's deadline (${deadlineAt.toISOString()}) has passed.`);
}
