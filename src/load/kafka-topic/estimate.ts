import type { Estimate, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { FEEDING_PASSES, feedingUsd, feedSeconds } from '../feeding.ts';
import { PRICES_USD } from '../prices.ts';

const ORCHESTRATION_SECONDS = 60;
const TRANSITIONS_A_LOAD = 60;

/** Until the consumer is told; how long it takes to read is its own affair. */
export function estimateLoad(
  tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[],
  limits: LoadRequest['limits'],
  invocationSeconds: number,
): Estimate {
  const seconds = feedSeconds(tables, limits) * FEEDING_PASSES;
  const costUsd =
    feedingUsd(seconds, invocationSeconds) +
    ORCHESTRATION_SECONDS * PRICES_USD.lambdaGigabyteSecond +
    TRANSITIONS_A_LOAD * PRICES_USD.stateTransition;
  return { seconds: Math.ceil(ORCHESTRATION_SECONDS + seconds), costUsd: Math.ceil(costUsd * 10_000) / 10_000 };
}
