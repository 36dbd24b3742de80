import { exitStatusOf, EXIT_STATUS, type ExitStatus } from './exit-status.ts';
import { alignColumns } from './columns.ts';
import { formatCount } from './figures.ts';
import { openPlace, type PlaceOptions } from './place.ts';
import { describeFailure, describeTables, section } from './result-text.ts';
import { lookOnce } from './progress.ts';
import type { TableFigures } from './progress-figures.ts';
import { findStanding, type Standing } from './standing.ts';
import { waitingForDocument, type WaitingFor } from '../src/store/documents.ts';
import { answer, type Terminal } from './terminal.ts';

/** Where a load stands, in a few lines. The exit status is the result's; without one the outcome is unknown yet. */
export async function status(loadId: string, options: PlaceOptions, terminal: Terminal): Promise<ExitStatus> {
  const { store } = await openPlace(options);
  const standing = await findStanding(store, loadId);
  const { documents, state, result } = standing;
  if (result !== undefined) {
    answer(terminal, options.json, result, () => describeEnd(standing));
    return exitStatusOf(result);
  }
  const tables = await lookOnce(documents, terminal.now());
  const waitingFor = await documents.read(waitingForDocument);
  answer(
    terminal,
    options.json,
    {
      ...state,
      ...(waitingFor && { waitingFor }),
      tables: tables.map(({ name, rows, totalRows, done }) => ({ name, rows, totalRows, done })),
    },
    () => describeRunning(standing, waitingFor, tables),
  );
  return EXIT_STATUS.unknown;
}

function describeEnd({ result, state }: Standing): string[] {
  const { loadId, attempt, status: ended, finishedAt, tearDown, failure, tables } = result!;
  const verified = tables.filter((table) => table.verified).length;
  return [
    `${loadId}, attempt ${attempt}: ${ended} at ${finishedAt}`,
    ...(failure === undefined ? [] : describeFailure(failure)),
    `  verified: ${verified} of ${tables.length} tables`,
    `  tear-down: ${tearDown}${state?.status === 'kept' ? ' (rows and checkpoints wait for a next attempt)' : ''}`,
    ...(verified === tables.length ? [] : section('Tables', describeTables(tables))),
  ];
}

function describeRunning({ state }: Standing, waitingFor: WaitingFor | undefined, tables: TableFigures[]): string[] {
  const { loadId, attempt, status: stands, startedAt, deadlineAt } = state!;
  const words = { open: 'running, or left behind', closed: 'being torn down', kept: 'kept', finished: 'finished' };
  return [
    `${loadId}, attempt ${attempt}: ${words[stands]}`,
    `  since ${startedAt}, at most until ${deadlineAt}`,
    ...(waitingFor === undefined ? [] : [`  waiting for ${waitingFor.what}, since ${waitingFor.since}`]),
    ...(tables.length === 0 ? [] : section('Copied so far', describeFigures(tables))),
  ];
}

function describeFigures(tables: TableFigures[]): string[] {
  const left = { heading: '' };
  const right = { heading: '', align: 'right' as const };
  const rows = tables.map((table) => [
    table.name,
    formatCount(table.rows),
    table.done ? 'rows' : `of about ${formatCount(table.totalRows)} rows`,
    table.done ? 'done' : '',
  ]);
  return alignColumns([left, right, left, left], rows).slice(1);
}
