/**
 * The states of a run (JobRun.JobRunState), and what each means to us; a test compares them with the SDK's. One that is not
 * here fails the load: what is unknown is no success.
 *
 * beginning: it will run without us. ending: it will be over without us. failed: it is over, and adviceFor knows what to do.
 */
export type RunMeaning = 'beginning' | 'running' | 'ending' | 'succeeded' | 'failed';

export const RUN_STATES: ReadonlyMap<string, RunMeaning> = new Map<string, RunMeaning>([
  ['STARTING', 'beginning'],
  // Queued: it isn't asked for, and passes by itself.
  ['WAITING', 'beginning'],
  ['RUNNING', 'running'],
  ['STOPPING', 'ending'],
  ['SUCCEEDED', 'succeeded'],
  ['STOPPED', 'failed'],
  ['FAILED', 'failed'],
  ['TIMEOUT', 'failed'],
  ['ERROR', 'failed'],
  ['EXPIRED', 'failed'],
]);

/** A run in a state that is not known is taken for one that goes on. */
export function isOver(state: string): boolean {
  const meaning = RUN_STATES.get(state);
  return meaning === 'succeeded' || meaning === 'failed';
}
