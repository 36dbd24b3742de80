import type { Strategy } from '../strategy.ts';
import { fit } from './fit.ts';

/** The source's rows into the live topics again: the last resort, since every consumer sees them and nothing undoes it. */
export const replay: Strategy = {
  name: 'replay',
  planes: { provision: 'data', advance: 'data', tearDown: 'data' },
  fit,
};
