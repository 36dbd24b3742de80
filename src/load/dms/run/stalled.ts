import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import { stillForSeconds } from '../../last-change.ts';
import { explain } from './explain.ts';
import type { RunnerState, TableState } from './runner.ts';

const STALLED_MINUTES = 60;
/** Before the first row a single status can take long: a serverless replication provisions its capacity. */
const STALLED_BEFORE_ROWS_MINUTES = 120;

/** How long DMS has shown the same: status, percentage, and of each table its state, rows and what is to be validated. */
export function unchangedForSeconds(load: Load, state: RunnerState, tables: TableState[]): Promise<number> {
  return stillForSeconds(load, [state.status, state.run, state.percent, state.stopReason, tables.map(signatureOf)]);
}

/** @throws LoadFailedError when nothing has changed for request.dms.stalledMinutes, or for longer before there are rows */
export async function assertMoving(
  load: Load,
  state: RunnerState,
  tables: TableState[] | undefined,
  said?: string,
): Promise<void> {
  const asked = load.request.dms?.stalledMinutes ?? STALLED_MINUTES;
  const minutes = tables ? asked : Math.max(asked, STALLED_BEFORE_ROWS_MINUTES);
  if ((await unchangedForSeconds(load, state, tables ?? [])) < minutes * 60) return;
  const unfinished = said === undefined ? [] : [said];
  throw new LoadFailedError(
    explain(
      { ...state, messages: [...state.messages, ...unfinished] },
      tables ?? [],
      `It has stalled: nothing changed for ${minutes} minutes. Look at its log and at what waits for locks in source and target, or raise dms.stalledMinutes, and run the load again.`,
    ),
  );
}

function signatureOf({ schema, table, rows, state, run, validationState, validationPending }: TableState): unknown[] {
  return [schema, table, rows, state, run, validationState, validationPending];
}
