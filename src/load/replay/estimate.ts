import type { Estimate, TablePlan } from '../../model.ts';
import type { LoadRequest } from '../../request/schema.ts';
import { feedingUsd, FEEDING_PASSES, feedSeconds } from '../feeding.ts';
import { PRICES_USD } from '../prices.ts';
import { paceOf } from './pace.ts';

const ORCHESTRATION_SECONDS = 60;
const TRANSITIONS_A_LOAD = 60;

/** Without the time that it pauses for others. The topics are read back as fast as that goes. */
export function estimateLoad(
  tables: Pick<TablePlan, 'estimatedBytes' | 'estimatedRows'>[],
  limits: LoadRequest['limits'],
  invocationSeconds: number,
): Estimate {
  const { records, bytes } = paceOf({ limits });
  const replaying = feedSeconds(tables, { maxRecordsPerSecond: records, maxBytesPerSecond: bytes });
  const seconds = replaying + feedSeconds(tables, {}) * (FEEDING_PASSES - 1);
  const costUsd =
    feedingUsd(seconds, invocationSeconds) +
    ORCHESTRATION_SECONDS * PRICES_USD.lambdaGigabyteSecond +
    TRANSITIONS_A_LOAD * PRICES_USD.stateTransition;
  return { seconds: Math.ceil(ORCHESTRATION_SECONDS + seconds), costUsd: Math.ceil(costUsd * 10_000) / 10_000 };
}
