import type { Load } from '../../services.ts';
import { done } from '../../step.ts';
import { endSourceSessions } from '../end-source-sessions.ts';
import type { Removed } from '../strategy.ts';

/** Whoever fed was fenced when the load was closed; checkpoints, and a connector's snapshot, go when the target is cleaned. */
export async function tearDown(load: Load): Promise<Removed> {
  await endSourceSessions(load);
  return { answer: done, tornDown: [] };
}
