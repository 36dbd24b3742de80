import type { Leftovers } from '../strategy.ts';
import { findLeftovers } from './removal/find-leftovers.ts';
import { tearDown } from './tear-down.ts';

export const leftovers: Leftovers = { find: findLeftovers, remove: tearDown };
