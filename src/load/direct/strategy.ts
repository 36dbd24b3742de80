import type { Strategy } from '../strategy.ts';
import { fit } from './fit.ts';

/** Our own functions copy key-range chunks from source to target: nothing to wait for, nothing to pay for but their time. */
export const direct: Strategy = {
  name: 'direct',
  planes: { provision: 'data', advance: 'data', tearDown: 'data' },
  fit,
};
