import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { assertOpen } from '../../open-load.ts';
import { POLL_SECONDS, waitFor } from '../../pace.ts';
import { tellWaitingFor } from '../../waiting-for.ts';
import { jobDocument } from '../documents.ts';
import { buildJobDocument } from '../job/job-document-of.ts';
import { startRun, stopRuns, type Run } from './runs.ts';
import { callDocument, mayBeAsking, runDocument, type Call, type Start } from './starts.ts';
import { isOver } from './words.ts';

/**
 * Asks Glue for the run of a start of which Glue shows none, once, however many invocations find it missing. While an
 * answer isn't known, nobody asks again until the run would show or the one who asked can't be asking any more; then
 * Glue refuses a second run while the first is under way.
 *
 * @param runs of the load's job, whatever they were started for
 * @throws LoadFailedError, LoadClosedError, DeadlineError, TransientError
 */
export async function begin(load: Load, start: Start, runs: Run[]): Promise<StepAnswer> {
  const wait = waitFor(load, { shortestSeconds: POLL_SECONDS });
  // An earlier attempt's that was left behind. Its fence is none any more, so it would only be in the way.
  const others = runs.filter(({ state }) => !isOver(state));
  if (others.length > 0) {
    await stopRuns(load, others);
    await tellWaitingFor(load, "the run of an earlier attempt's job, until it has stopped");
    return wait;
  }
  const name = callDocument(load);
  const last = await load.documents.read(name);
  if (last && mayBeAsking(last, load)) return wait;
  const call: Call = { at: load.services.now().toISOString() };
  if (last) await load.documents.write(name, call);
  else if (!(await load.documents.create(name, call))) return wait;
  await load.documents.write(jobDocument(start.id), buildJobDocument(load, start.id));
  await assertOpen(load, load.services);
  const asked = await startRun(load, start);
  if ('refused' in asked) {
    await load.documents.write(name, { ...call, answer: 'refused' });
    await tellWaitingFor(load, `a place for the job to run in: ${asked.refused}`);
    return wait;
  }
  await load.documents.write(runDocument(load), asked);
  await load.documents.write(name, { ...call, answer: 'started' });
  await tellWaitingFor(load, 'the Glue job, which starts');
  return wait;
}
