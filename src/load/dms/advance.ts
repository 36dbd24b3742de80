import { LoadFailedError } from '../../errors.ts';
import type { Shard } from '../../model.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { shardDocument } from '../../store/documents.ts';
import { assertOpen, unlessClosed } from '../open-load.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { writeProgress } from '../write-progress.ts';
import { judge, phaseOf, type Verdict } from './run/judge.ts';
import { KINDS, nameOf } from './names.ts';
import { POLL_SECONDS, waitFor } from '../pace.ts';
import { progressOf } from './run/progress.ts';
import { recordSuccess } from './run/record.ts';
import type { Seen } from './run/begin.ts';
import { reloadFailed, restart, startFirst } from './run/restart.ts';
import { runnerOf } from './run/runners.ts';
import { assertMoving, unchangedForSeconds } from './run/stalled.ts';
import { listStarts } from './run/starts.ts';
import { wantedOf } from './run/wanted.ts';

/** What may be behind is looked at again for so long: the statistics of tables come on their own way. */
const SETTLED_SECONDS = 180;
/** An end that another start follows was seen at least twice: nothing is emptied while DMS may be changing its mind. */
const INTERRUPTED_SECONDS = POLL_SECONDS;

/**
 * Starts the full load, once, and follows it to its end; what DMS left undone is loaded again a few times before the load
 * is given up. While it runs: two requests to DMS a call, with up to 500 tables.
 *
 * Where rows must go first, the answer names the data plane, whose part is emptyTables.
 *
 * @throws LoadFailedError with DMS's own words, LoadClosedError, TransientError
 */
export async function advance(load: Load, shard: Shard): Promise<StepAnswer> {
  await assertOpen(load, load.services);
  if ((await load.documents.read(shardDocument(shard.id)))?.status === 'succeeded') return done;
  return unlessClosed(load, () => follow(load, shard));
}

async function follow(load: Load, shard: Shard): Promise<StepAnswer> {
  const runner = runnerOf(load);
  const state = await runner.look(load);
  if (!state) {
    const name = `${KINDS[runner.kind]} ${nameOf(load, runner.kind)}`;
    throw new LoadFailedError(`The ${name} is gone: somebody removed it. Find out who, and run the load again.`);
  }
  const phase = phaseOf(state);
  const tables = phase === 'loading' || phase === 'ended' ? await runner.listTables(load, state.arn) : undefined;
  if (tables) await writeProgress(load, shard, progressOf(load, tables));
  const wanted = wantedOf(load);
  return act({ load, shard, runner, state, tables: tables ?? [], wanted }, judge(state, tables, wanted));
}

async function act(seen: Seen, verdict: Verdict): Promise<StepAnswer> {
  const { load, shard, state, tables } = seen;
  switch (verdict.is) {
    case 'startable':
      return startFirst(seen);
    case 'changing':
      await tellWaitingFor(load, `the ${KINDS[seen.runner.kind]}, which is ${state.status}`);
      await assertMoving(load, state, undefined);
      return waitFor(load, { shortestSeconds: POLL_SECONDS });
    case 'loading':
      if (verdict.failed.length > 0) return reloadFailed(seen, verdict.failed);
      await tellWaitingFor(load, undefined);
      await assertMoving(load, state, tables);
      return waitFor(load, { shortestSeconds: POLL_SECONDS });
    case 'succeeded':
      // A load that was closed meanwhile leaves no record of success behind for a next attempt.
      await assertOpen(load, load.services);
      await recordSuccess(load, shard, tables);
      return done;
    case 'unsettled':
      return (await unchangedForSeconds(load, state, tables)) < SETTLED_SECONDS
        ? lookAgain()
        : act(seen, verdict.atLast);
    case 'interrupted':
      return (await unchangedForSeconds(load, state, tables)) < INTERRUPTED_SECONDS
        ? lookAgain()
        : restart(seen, verdict);
    case 'failed':
      return giveUp(seen, verdict.why);
  }
}

/** Not for longer the longer the load takes: this is soon decided. */
function lookAgain(): StepAnswer {
  return { status: 'working', waitSeconds: POLL_SECONDS };
}

/** What an earlier attempt left behind, stopped or failed, is taken over by one more start, whatever its end was. */
async function giveUp(seen: Seen, why: string): Promise<StepAnswer> {
  const { load, state } = seen;
  if (load.attempt > 1 && phaseOf(state) === 'ended') {
    const [first, ...others] = await listStarts(load);
    const leftBehind = first === undefined || (others.length === 0 && first.after.run === state.run);
    if (leftBehind) return restart(seen, { failed: [], why });
  }
  throw new LoadFailedError(why);
}
