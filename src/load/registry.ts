import type { StrategyName } from '../request/schema.ts';
import { direct } from './direct/strategy.ts';
import { dms } from './dms/strategy.ts';
import { glue } from './glue/strategy.ts';
import { kafkaTopic } from './kafka-topic/strategy.ts';
import { replay } from './replay/strategy.ts';
import type { Strategy } from './strategy.ts';

/** The strategies that are built, as the plan weighs them: one line each. What they do is in the planes' registries. */
export const strategies: Partial<Record<StrategyName, Strategy>> = {
  direct,
  dms,
  glue,
  'kafka-topic': kafkaTopic,
  replay,
};
