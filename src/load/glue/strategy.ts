import type { Strategy } from '../strategy.ts';
import { fit } from './fit.ts';

/** A temporary Spark job of AWS Glue loads: for transformations, files, and more than one instance moves. */
export const glue: Strategy = {
  name: 'glue',
  planes: { provision: 'control', advance: 'control', tearDown: 'control' },
  fit,
};
