import type { Strategy } from '../strategy.ts';
import { fit } from './fit.ts';

/** AWS DMS loads, on a replication instance or serverless: for more than our own functions carry, at the price of waiting. */
export const dms: Strategy = {
  name: 'dms',
  planes: { provision: 'control', advance: 'control', tearDown: 'control' },
  fit,
};
