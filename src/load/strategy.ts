import type { LoadRequest, StrategyName } from '../request/schema.ts';
import type {
  Estimate,
  KeyRange,
  LiveTopicPlan,
  Plan,
  Shard,
  Survey,
  TablePlan,
  TopicPlan,
  TornDown,
} from '../model.ts';
import type { Deployment, Load, Services } from '../services.ts';
import type { StepAnswer } from '../step.ts';

/** What `fit` weighs: the tables with their columns matched, how long one invocation may work, what is deployed. */
export interface FitInput {
  request: LoadRequest;
  survey: Survey;
  tables: TablePlan[];
  invocationSeconds: number;
  deployment: Deployment;
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
  /** As in Plan: what is loaded is temporary, and goes when the consumer has read it. */
  awaitsConsumer?: true;
  topics?: TopicPlan[];
  liveTopics?: LiveTopicPlan[];
}
export interface Refusal {
  fits: false;
  reason: string;
}

/**
 * One way to load, as the plan weighs it. A strategy is one folder with the files fit, provision, advance, tear-down and
 * strategy, a line in registry.ts, and its steps in data-plane.ts or control-plane.ts, or in both.
 */
export interface Strategy {
  readonly name: StrategyName;
  /** Where each step runs. While advancing, an answer may name the other plane. */
  readonly planes: Plan['planes'];
  /** Pure; fits or says why not. */
  fit(input: FitInput): Offer | Refusal;
}

/**
 * What a strategy does in one plane. Every function may be called again at any time: after a lost answer, by two
 * invocations at once, or after a kill. The contract tests (test/load/contract.ts) hold every strategy to it.
 */
export interface Steps {
  /** Idempotent, called again until done. The target has been prepared before. */
  provision?(load: Load): Promise<StepAnswer>;
  /**
   * Starts and polls, or copies until `until`; called again while working.
   * @throws SupersededError, LoadClosedError, TransientError, LoadFailedError
   */
  advance?(load: Load, shard: Shard, until: Date): Promise<StepAnswer>;
  /**
   * Called until done when every shard has succeeded, before the target is restored: what only the whole load can tell.
   * Always in the data plane.
   * @throws what advance throws
   */
  settle?(load: Load, until: Date): Promise<StepAnswer>;
  /**
   * Of a plan that awaits the consumer: what of the load the consumer has not read yet, in words, an entry for each
   * partition; empty when it has read everything. Absent: only an acknowledgement ends the wait. Always in the data plane.
   */
  findLag?(load: Load): Promise<string[]>;
  /** Idempotent, ordered, until everything is gone; works after half a provision. The target is restored after it. */
  tearDown?(load: Load): Promise<Removed>;
  /**
   * What the strategy's service made in the target beside the rows; before the bookkeeping is dropped. Idempotent, also of
   * a load that is kept. Always in the data plane.
   */
  clean?(load: Load): Promise<TornDown[]>;
  /** For strategies whose resources would outlive a forgotten load. */
  leftovers?: Leftovers;
}

/** What is left of loads that the store says nothing of any more, by the tags that its resources carry. */
export interface Leftovers {
  /** Only what carries this deployment's tag. */
  find(services: Services): Promise<Leftover[]>;
  /** As tearDown, of a load of which no more than its name may be known. */
  remove(load: Pick<Load, 'loadId' | 'startedAt' | 'documents' | 'services'>): Promise<Removed>;
}
export interface Leftover {
  loadId: string;
  /** As TornDown has them. */
  type: string;
  id: string;
}
export interface Removed {
  answer: StepAnswer;
  tornDown: TornDown[];
}

export type StepRegistry = Partial<Record<StrategyName, Steps>>;

/** @throws Error when the stored plan names a strategy, or a step in this plane, that this version doesn't have */
export function stepOf<Name extends 'provision' | 'advance' | 'tearDown'>(
  steps: StepRegistry,
  { strategy }: Pick<Plan, 'strategy'>,
  name: Name,
): NonNullable<Steps[Name]> {
  const step = steps[strategy]?.[name];
  if (!step) throw new Error(`The strategy ${strategy} has no ${name} in this plane of this version.`);
  return step;
}
