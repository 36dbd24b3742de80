import { LoadFailedError } from '../../../errors.ts';
import type { QualifiedName, Shard } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { POLL_SECONDS, waitFor } from '../../pace.ts';
import type { Runner, RunnerState, TableState } from './runner.ts';
import { assertMoving } from './stalled.ts';
import { callDocument, createStart, emptiedDocument, listStarts, type Call, type Start } from './starts.ts';
import { findState, type Wanted, type WantedTable } from './wanted.ts';

/** What one invocation found. */
export interface Seen {
  load: Load;
  shard: Shard;
  runner: Runner;
  state: RunnerState;
  /** Empty where the status says that there is nothing to list yet. */
  tables: TableState[];
  wanted: Wanted;
}
export type Need = Pick<Start, 'how' | 'tables' | 'failed'>;

/** An invocation that asks DMS has so long before another one asks again: its answer may have been lost. */
const CALL_SECONDS = 60;
/** By then DMS's states show what it accepted. */
const SHOWN_SECONDS = 600;
/** Of one attempt, after its first start. */
const MOST_RESTARTS = 3;
const MOST_RELOADS_OF_A_TABLE = 2;

/**
 * Asks DMS to load what is needed, once, however many invocations find it necessary: the start is written down, its
 * tables are emptied by the data plane, one invocation asks; whoever comes meanwhile goes on where it stands.
 *
 * @param why what DMS said, for when it was tried often enough
 * @throws LoadFailedError then
 */
export async function begin(seen: Seen, need: Need, why: string): Promise<StepAnswer> {
  const { load, state, tables } = seen;
  const starts = await listStarts(load);
  const latest = starts.at(-1);
  if (latest) {
    const call = await load.documents.read(callDocument(load, latest));
    await assertMoving(load, state, tables.length > 0 ? tables : undefined, call?.said);
    const standing = standingOf(seen, latest, call);
    if (standing === 'asked') return waitFor(load, { shortestSeconds: POLL_SECONDS });
    if (standing === 'open' && isReload(latest) === isReload(need)) return carryOut(seen, latest, call);
    assertWorthIt(starts, need, why);
  }
  const runs = Object.fromEntries(seen.wanted.tables.map(({ source }) => [source, runOfTable(seen, source)]));
  const after = { run: state.run, tables: runs };
  const start = await createStart(load, { number: starts.length + 1, ...need, after });
  return start ? carryOut(seen, start, undefined) : waitFor(load, { shortestSeconds: POLL_SECONDS });
}

/**
 * open: it has not begun. asked: DMS was asked a moment ago. over: it has begun, so what is needed now is needed after it.
 * Whether it has begun the dates of DMS tell, since an answer may be lost; only where they don't change does the answer.
 */
function standingOf(seen: Seen, start: Start, call: Call | undefined): 'open' | 'asked' | 'over' {
  const begun = isReload(start)
    ? start.tables.some((table) => runOfTable(seen, table) !== start.after.tables[table])
    : seen.state.run !== start.after.run;
  if (begun) return 'over';
  if (!call) return 'open';
  if (secondsSince(call, seen) < (call.accepted ? SHOWN_SECONDS : CALL_SECONDS)) return 'asked';
  return call.accepted && seen.state.started ? 'over' : 'open';
}

/**
 * Of tables that DMS shows as failed, those that failed since the newest start. For some time after a start DMS still shows
 * the statistics of the run before; whoever emptied a table because of those would lose rows of the new run.
 */
export async function failedSinceStart(seen: Seen, failed: WantedTable[]): Promise<WantedTable[]> {
  const latest = (await listStarts(seen.load)).at(-1);
  const call = latest && (await seen.load.documents.read(callDocument(seen.load, latest)));
  if (!latest || isReload(latest) || !call || secondsSince(call, seen) >= SHOWN_SECONDS) return failed;
  return failed.filter(({ source }) => runOfTable(seen, source) !== latest.after.tables[source]);
}

function secondsSince({ at }: Call, { load }: Seen): number {
  return (load.services.now().getTime() - new Date(at).getTime()) / 1_000;
}

function runOfTable({ tables, wanted }: Seen, source: QualifiedName): string {
  const table = wanted.tables.find((asked) => asked.source === source);
  return (table && findState(table, tables)?.run) ?? '';
}

function isReload({ how }: Pick<Start, 'how'>): boolean {
  return how === 'reload-tables';
}

async function carryOut(seen: Seen, start: Start, call: Call | undefined): Promise<StepAnswer> {
  const { load, runner, state, wanted } = seen;
  const empty = start.tables.length === 0 || (await load.documents.read(emptiedDocument(load, start))) !== undefined;
  if (!empty) return { status: 'working', waitSeconds: 0, plane: 'data' };
  const name = callDocument(load, start);
  const calling: Call = { at: load.services.now().toISOString(), accepted: false };
  const wait = waitFor(load, { shortestSeconds: POLL_SECONDS });
  if (call) await load.documents.write(name, calling);
  else if (!(await load.documents.create(name, calling))) return wait;
  const asked =
    start.how === 'reload-tables'
      ? await runner.reloadTables(
          load,
          state.arn,
          wanted.tables.filter(({ source }) => start.tables.includes(source)),
        )
      : await runner.start(load, state.arn, start.how);
  await load.documents.write(name, { ...calling, ...asked });
  return wait;
}

/** @throws LoadFailedError when this was tried often enough */
function assertWorthIt(starts: Start[], need: Need, why: string): void {
  const earlier = starts.filter((start) => isReload(start) === isReload(need));
  const most = isReload(need) ? MOST_RELOADS_OF_A_TABLE : 1;
  const hopeless = need.failed.filter((table) => earlier.filter(({ failed }) => failed.includes(table)).length >= most);
  if (hopeless.length > 0) throw new LoadFailedError(`${why} Loading again did not help: ${hopeless.join(', ')}.`);
  const restarts = earlier.filter(({ number }) => number > 1).length;
  if (!isReload(need) && restarts >= MOST_RESTARTS)
    throw new LoadFailedError(`${why} It was started again ${restarts} times.`);
}
