import type { Load } from '../../../services.ts';
import type { TableState } from './runner.ts';
import { findState, wantedOf } from './wanted.ts';
import { TABLE_STATES } from './words.ts';

/** How far each table is, for writeProgress. */
export function progressOf(load: Load, states: TableState[]): { table: string; rows: number; done: boolean }[] {
  return wantedOf(load).tables.map((wanted) => {
    const state = findState(wanted, states);
    return {
      table: wanted.source,
      rows: state?.rows ?? 0,
      done: TABLE_STATES.get(state?.state ?? '') === 'completed',
    };
  });
}
