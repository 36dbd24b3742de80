import type { Estimate, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { estimateFeeding, FEEDING_PASSES, feedSeconds } from '../feeding.ts';
import { paceOf } from './pace.ts';

/** Without the time that it pauses for others. The topics are read back as fast as that goes. */
export function estimateLoad(
  tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[],
  limits: LoadRequest['limits'],
  invocationSeconds: number,
): Estimate {
  const { records, bytes } = paceOf({ limits });
  const replaying = feedSeconds(tables, { maxRecordsPerSecond: records, maxBytesPerSecond: bytes });
  return estimateFeeding(replaying + feedSeconds(tables, {}) * (FEEDING_PASSES - 1), invocationSeconds);
}
