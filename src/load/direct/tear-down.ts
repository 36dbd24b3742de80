import type { Load } from '../../services.ts';
import { done } from '../../step.ts';
import { endSourceSessions } from '../end-source-sessions.ts';
import type { Removed } from '../strategy.ts';

/** Sessions on the target were ended when the load was closed, before its bookkeeping is removed. */
export async function tearDown(load: Load): Promise<Removed> {
  await endSourceSessions(load);
  return { answer: done, tornDown: [] };
}
