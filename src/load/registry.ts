import type { Plan } from '../model.ts';
import type { StrategyName } from '../request/schema.ts';
import { direct } from './direct/strategy.ts';
import type { Strategy } from './strategy.ts';

/** The strategies that are built: one line each. */
export const strategies: Partial<Record<StrategyName, Strategy>> = { direct };

/** @throws Error when the stored plan names a strategy that this version doesn't have */
export function strategyOf(plan: Pick<Plan, 'strategy'>): Strategy {
  const strategy = strategies[plan.strategy];
  if (!strategy) throw new Error(`The plan's strategy ${plan.strategy} is not built into this version.`);
  return strategy;
}
