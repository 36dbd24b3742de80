import { done, type StepAnswer } from '../../step.ts';
import type { Load } from '../../services.ts';

/** Nothing of its own: what direct needs in the target, the bookkeeping, the shared preparation has made already. */
export async function provision(_load: Load): Promise<StepAnswer> {
  return done;
}
