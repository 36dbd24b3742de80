import type { Load } from '../../services.ts';
import { done } from '../../step.ts';
import { endSourceSessions } from '../end-source-sessions.ts';
import type { Removed } from '../strategy.ts';
import { stopBySignal } from './signal/stop.ts';

/** Whoever fed was fenced when the load was closed, and its checkpoints go when the target is cleaned; a connector is stopped. */
export async function tearDown(load: Load): Promise<Removed> {
  if (load.request.topics?.signals) return stopBySignal(load);
  await endSourceSessions(load);
  return { answer: done, tornDown: [] };
}
