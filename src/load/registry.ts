import type { Plan } from '../model.ts';
import type { StrategyName } from '../request/schema.ts';
import { direct } from './direct/strategy.ts';
import type { Strategy } from './strategy.ts';

/** The strategies that are built: one line each. */
export const strategies: Partial<Record<StrategyName, Strategy>> = { direct };
