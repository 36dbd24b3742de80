import { explain, MOST_NAMED } from './explain.ts';
import type { RunnerState, TableState } from './runner.ts';
import { PHASES, readStopReason, STOP_REASONS, TABLE_STATES, VALIDATION_STATES, type Phase } from './words.ts';
import { findState, type Wanted, type WantedTable } from './wanted.ts';

export type Verdict =
  /** It was never started, and can be. */
  | { is: 'startable' }
  /** It will be something else without us. */
  | { is: 'changing' }
  /** `failed`: tables that can be loaded again while the others go on. */
  | { is: 'loading'; failed: WantedTable[] }
  | { is: 'succeeded' }
  /** What was seen may be behind: it is looked at again for some minutes, and then is what `atLast` says. */
  | { is: 'unsettled'; atLast: Interrupted | Failed }
  | Interrupted
  | Failed;

/** It ended before all was loaded; another start may load what is missing. `failed`: tables that an error ended. */
export interface Interrupted {
  is: 'interrupted';
  failed: WantedTable[];
  why: string;
}
/** `why` has DMS's own words and what to do. */
interface Failed {
  is: 'failed';
  why: string;
}

/** @returns undefined when this version doesn't know the status */
export function phaseOf({ status }: Pick<RunnerState, 'status'>): Phase | undefined {
  return PHASES.get(status.toLowerCase());
}

/**
 * What to make of a full load that DMS describes so. Success is only this: it stopped because the full load had finished,
 * no table errored, every table asked for is completed (and validated, when that was asked for), and there is no other.
 * Whatever is unknown fails.
 *
 * @param tables the tables' states, asked for after `state`: needed while it is loading and when it has ended
 */
export function judge(state: RunnerState, tables: TableState[] | undefined, wanted: Wanted): Verdict {
  const phase = phaseOf(state);
  const fail = failing(state, tables ?? []);
  switch (phase) {
    case undefined:
      return fail(`This version does not know the status "${state.status}", so it does not go on.`);
    case 'broken':
      return fail(`A load cannot go on from this status. Run it again.`);
    case 'changing':
      return { is: 'changing' };
    case 'startable':
      return state.started
        ? { is: 'interrupted', failed: [], why: explain(state, [], 'It was started before and waits to be.') }
        : { is: 'startable' };
    case 'loading':
    case 'ended':
      if (!tables) throw new Error(`What is ${phase} is judged by its tables.`);
      return (
        judgeTables(tables, wanted, fail) ??
        (phase === 'ended' ? judgeEnd(state, tables, wanted) : loading(tables, wanted))
      );
  }
}

/** What is wrong whether it still runs or has ended: words that are not known, tables that nobody asked for or that are not there. */
function judgeTables(tables: TableState[], wanted: Wanted, fail: (wrong: string) => Failed): Failed | undefined {
  for (const state of tables) {
    const { schema, table, state: word, validationState = '' } = state;
    const name = `${schema}.${table}`;
    if (!wanted.tables.some((asked) => asked.schema === schema && asked.table === table))
      return fail(`DMS loads ${name}, for which nobody asked. Run the load again, and report this as a defect.`);
    const meaning = TABLE_STATES.get(word);
    if (meaning === undefined) return fail(`This version does not know the state "${word}" of ${name}.`);
    if (meaning === 'missing')
      return fail(`The source has no table ${name} that DMS may read. Grant it, or mend the request.`);
    if (wanted.validation && validationState !== '' && !VALIDATION_STATES.has(validationState))
      return fail(`This version does not know the validation state "${validationState}" of ${name}.`);
  }
  return undefined;
}

function loading(tables: TableState[], wanted: Wanted): Verdict {
  return { is: 'loading', failed: tablesThat(['failed', 'cancelled'], tables, wanted) };
}

function judgeEnd(state: RunnerState, tables: TableState[], wanted: Wanted): Verdict {
  const fail = failing(state, tables);
  const failed = tablesThat(['failed'], tables, wanted);
  const interrupted = (said: string): Interrupted => ({ is: 'interrupted', failed, why: explain(state, tables, said) });
  const word = readStopReason(state.stopReason);
  if (word === undefined) {
    const silent = 'DMS gives no reason for the stop. Look at its log, and run the load again.';
    return state.status.toLowerCase() === 'failed' ? fail(silent) : { is: 'unsettled', atLast: fail(silent) };
  }
  const reason = STOP_REASONS.get(word);
  if (!reason) return fail(`This version does not know the stop reason "${word}", so it is no success.`);
  switch (reason.means) {
    case 'wrong':
      return fail(reason.advice);
    case 'interrupted':
      return interrupted(reason.advice);
    case 'passing':
      return { is: 'unsettled', atLast: interrupted(reason.advice) };
    case 'fatal':
      return failed.length > 0 ? interrupted(reason.advice) : fail(reason.advice);
    case 'finished':
      return state.status.toLowerCase() === 'failed' ? fail(reason.advice) : judgeFinished(state, tables, wanted);
  }
}

/** It stopped for the right reason, which alone is no success: tables can have failed on the way. */
function judgeFinished(state: RunnerState, tables: TableState[], wanted: Wanted): Verdict {
  const fail = failing(state, tables);
  const failed = tablesThat(['failed'], tables, wanted);
  const cancelled = tablesThat(['cancelled'], tables, wanted);
  if (failed.length + cancelled.length > 0) {
    return {
      is: 'interrupted',
      failed,
      why: explain(state, tables, 'Mend what keeps these tables from being loaded.'),
    };
  }
  const waiting = wanted.tables.filter(
    (table) => TABLE_STATES.get(findState(table, tables)?.state ?? '') !== 'completed',
  );
  if (waiting.length > 0) {
    const names = waiting
      .map(({ source }) => source)
      .slice(0, MOST_NAMED)
      .join(', ');
    return { is: 'unsettled', atLast: fail(`DMS does not say that ${names} is completed. Run the load again.`) };
  }
  if (state.tablesErrored !== 0) {
    const errored = state.tablesErrored ?? 'an unknown number of';
    return { is: 'unsettled', atLast: fail(`DMS counts ${errored} tables with errors. Run the load again.`) };
  }
  return wanted.validation ? judgeValidation(state, tables) : { is: 'succeeded' };
}

function judgeValidation(state: RunnerState, tables: TableState[]): Verdict {
  const fail = failing(state, tables);
  const meaningOf = ({ validationState = '' }: TableState) => VALIDATION_STATES.get(validationState);
  const wrong = tables.filter((table) => ['failed', 'off'].includes(meaningOf(table) ?? ''));
  if (wrong.length > 0)
    return fail(
      'What was loaded did not pass the validation that dms.validation asks for. Look at the rows, and run it again.',
    );
  const waiting = tables.filter((table) => [undefined, 'waiting'].includes(meaningOf(table)));
  if (waiting.length > 0)
    return { is: 'unsettled', atLast: fail('DMS ended before it had validated every table. Run the load again.') };
  return { is: 'succeeded' };
}

function tablesThat(are: string[], tables: TableState[], wanted: Wanted): WantedTable[] {
  return wanted.tables.filter((table) => {
    const meaning = TABLE_STATES.get(findState(table, tables)?.state ?? '');
    return meaning !== undefined && are.includes(meaning);
  });
}

const failing =
  (state: RunnerState, tables: TableState[]) =>
  (wrong: string): Failed => ({ is: 'failed', why: explain(state, tables, wrong) });
