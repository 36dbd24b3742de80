import type { LoadRequest, StrategyName } from '../request/schema.ts';
import type { Estimate, KeyRange, Plan, Shard, Survey, TablePlan, TornDown } from '../model.ts';
import type { Load } from '../services.ts';
import type { StepAnswer } from '../step.ts';

/** What `fit` weighs: the tables with their columns matched, and how long one invocation may work. */
export interface FitInput {
  request: LoadRequest;
  survey: Survey;
  tables: TablePlan[];
  invocationSeconds: number;
}

export interface Offer {
  fits: true;
  reasons: string[];
  estimate: Estimate;
  consistency: Plan['consistency'];
  ranges: KeyRange[];
  shards: Shard[];
  concurrency: number;
  workers: number;
}
export interface Refusal {
  fits: false;
  reason: string;
}

/**
 * One way to load. A strategy is one folder with the files fit, provision, advance, tear-down and strategy, and one
 * line in registry.ts. Every function may be called again at any time: after a lost answer, by two invocations at once,
 * or after a kill. The contract tests (test/load/contract.ts) hold every strategy to it.
 */
export interface Strategy {
  readonly name: StrategyName;
  readonly planes: Plan['planes'];
  /** Pure; fits or says why not. */
  fit(input: FitInput): Offer | Refusal;
  /** Idempotent, called again until done. The target has been prepared before. */
  provision(load: Load): Promise<StepAnswer>;
  /**
   * Starts and polls, or copies until `until`; called again while working.
   * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
   */
  advance(load: Load, shard: Shard, until: Date): Promise<StepAnswer>;
  /**
   * Called until done when every shard has succeeded, before the target is restored: what only the whole load can tell.
   * @throws what advance throws
   */
  settle?(load: Load, until: Date): Promise<StepAnswer>;
  /** Idempotent, ordered, until everything is gone; works after half a provision. The target is restored after it. */
  tearDown(load: Load): Promise<{ answer: StepAnswer; tornDown: TornDown[] }>;
}
