import type { RunnerState, TableState } from './runner.ts';
import { TABLE_STATES, VALIDATION_STATES } from './words.ts';

/** A message has room for so many tables. */
export const MOST_NAMED = 10;

/** What DMS says, in its own words: status, stop reason, messages, and the tables that are not as they should be. */
export function explain(state: RunnerState, tables: TableState[], wrong: string): string {
  const said = [`DMS: ${state.status}`, state.stopReason, ...state.messages].filter(
    (text) => text !== undefined && text !== '',
  );
  const odd = tables.filter(isOdd).sort((one, other) => Number(isWaiting(one)) - Number(isWaiting(other)));
  const named = odd.slice(0, MOST_NAMED).map(describeTable);
  const others = odd.length > named.length ? [`and ${odd.length - named.length} more tables`] : [];
  return [said.join('; '), ...(named.length > 0 ? [[...named, ...others].join('; ')] : []), wrong]
    .map((sentence) => sentence.replace(/[.;]?$/, '.'))
    .join(' ');
}

function isOdd({ state, validationState = '' }: TableState): boolean {
  return TABLE_STATES.get(state) !== 'completed' || VALIDATION_STATES.get(validationState) === 'failed';
}

/** Of many tables those are named that say most. */
function isWaiting({ state }: TableState): boolean {
  return TABLE_STATES.get(state) === 'waiting';
}

function describeTable({ schema, table, rows, state, validationState, validationDetails }: TableState): string {
  const validation = validationState !== undefined && VALIDATION_STATES.get(validationState) === 'failed';
  const said = [state, ...(validation ? [validationState, validationDetails] : [])].filter(Boolean).join(', ');
  return `${schema}.${table}: ${said} (${rows} rows)`;
}
