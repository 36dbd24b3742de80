import type { Strategy } from '../strategy.ts';
import { fit } from './fit.ts';

/** Temporary topics beside the live ones, fed from the source, and removed when the consumer has read them. */
export const kafkaTopic: Strategy = {
  name: 'kafka-topic',
  planes: { provision: 'data', advance: 'data', tearDown: 'data' },
  fit,
};
