import type { Estimate, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { estimateFeeding, FEEDING_PASSES, feedSeconds } from '../feeding.ts';

/** Until the consumer is told; how long it takes to read is its own affair. */
export function estimateLoad(
  tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[],
  limits: LoadRequest['limits'],
  invocationSeconds: number,
): Estimate {
  return estimateFeeding(feedSeconds(tables, limits) * FEEDING_PASSES, invocationSeconds);
}
