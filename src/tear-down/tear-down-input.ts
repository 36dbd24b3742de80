import type { LoadReference } from '../load/open-load.ts';
import type { Failure, Plane } from '../model.ts';
import type { CaughtError } from '../report/failure.ts';
import type { StrategyName } from '../request/schema.ts';

/**
 * The tear-down machine's state: what it was started with, and what its steps left for the later ones. The main machine
 * starts it with its own state, of which the rest is ignored.
 */
export interface TearDownInput extends LoadReference {
  /** Why the load did not succeed; absent when it ended well or with a mismatch. */
  failure?: CaughtError;
  /** Leaves nothing even of a load whose rows are kept. */
  discard?: boolean;
  /**
   * Whose resources the sweep found of a load that is no more, or has ended: they alone are removed. `attempt` is then the
   * last one that was begun.
   */
  leftovers?: StrategyName;
  closed?: Closed;
  closeProblem?: CaughtError;
  removeProblem?: CaughtError;
  restoreProblem?: CaughtError;
  notifyProblem?: CaughtError;
  notifyFailureProblem?: CaughtError;
}

/** `left-alone`: a later attempt has the load, or nothing is left of it. */
export type Closed = { status: 'closed'; plane: Plane; problem?: Failure } | { status: 'left-alone' };
