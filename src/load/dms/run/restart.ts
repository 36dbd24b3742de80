import type { StepAnswer } from '../../../step.ts';
import { begin, failedSinceStart, type Seen } from './begin.ts';
import { explain } from './explain.ts';
import type { Interrupted } from './judge.ts';
import { POLL_SECONDS, waitFor } from '../../pace.ts';
import { assertMoving } from './stalled.ts';
import { findState, type WantedTable } from './wanted.ts';
import { TABLE_STATES } from './words.ts';

/** ReloadTables takes no more at once; the others follow. */
const MOST_TABLES_A_RELOAD = 10;

/** The first attempt found the target empty when it prepared it; a later one may find an earlier one's rows, which go first. */
export function startFirst(seen: Seen): Promise<StepAnswer> {
  const tables = seen.load.attempt > 1 ? seen.wanted.tables : [];
  return begin(seen, { how: 'start-replication', tables: sourcesOf(tables), failed: [] }, '');
}

/** Loads tables again whose load failed, while the others go on. */
export async function reloadFailed(seen: Seen, failed: WantedTable[]): Promise<StepAnswer> {
  const { load, state, tables } = seen;
  const again = sourcesOf(await failedSinceStart(seen, failed)).slice(0, MOST_TABLES_A_RELOAD);
  if (again.length === 0) {
    await assertMoving(load, state, tables);
    return waitFor(load, { shortestSeconds: POLL_SECONDS });
  }
  const why = explain(state, tables, 'Mend what keeps these tables from being loaded, and run the load again.');
  return begin(seen, { how: 'reload-tables', tables: again, failed: again }, why);
}

/**
 * Starts again what has ended too early. A task that is resumed loads what isn't completed; a serverless replication can't
 * be resumed (StartReplication), so all of it is loaded again, as it is when every table was completed and the end was
 * wrong all the same.
 */
export function restart(seen: Seen, { failed, why }: Pick<Interrupted, 'failed' | 'why'>): Promise<StepAnswer> {
  const { runner, state, wanted } = seen;
  const missing = wanted.tables.filter((table) => !isCompleted(seen, table));
  const resumes = runner.kind === 'task' && missing.length > 0 && missing.length < wanted.tables.length;
  const again = resumes ? 'resume-processing' : 'reload-target';
  const how = state.started ? again : 'start-replication';
  const tables = how === 'resume-processing' ? missing : wanted.tables;
  return begin(seen, { how, tables: sourcesOf(tables), failed: sourcesOf(failed) }, why);
}

function isCompleted({ tables }: Seen, table: WantedTable): boolean {
  return TABLE_STATES.get(findState(table, tables)?.state ?? '') === 'completed';
}

function sourcesOf(tables: WantedTable[]): string[] {
  return tables.map(({ source }) => source);
}
