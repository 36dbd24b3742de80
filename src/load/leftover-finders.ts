import type { StrategyName } from '../request/schema.ts';
import { findLeftovers } from './dms/removal/find-leftovers.ts';
import { findLeftovers as findLeftoversOfGlue } from './glue/removal/find-leftovers.ts';
import type { Leftovers } from './strategy.ts';

/** Apart from the control plane's steps, so that the sweep's function carries no call that changes anything. */
export const leftoverFinders: Partial<Record<StrategyName, Leftovers['find']>> = {
  dms: findLeftovers,
  glue: findLeftoversOfGlue,
};
