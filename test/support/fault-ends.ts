import type { FaultKind } from '../../local/aws/faults.ts';
import type { LoadResult } from '../../src/model.ts';
import type { WholeLoads } from './whole-loads.ts';

/** What the SDK's client, or the state machine, tries again: nobody must notice it. */
const PASSING: FaultKind[] = ['throttled', 'lost before', 'lost after'];
/** The clock comes by once an hour. */
const MOST_SWEEPS = 6;

/** What happened to a load. */
interface Happened {
  operation: string;
  kind: FaultKind;
  detour?: { denied?: string };
}

/** Tells each load of a queue, so many at once, and writes down what is wrong with how it ended. */
export async function tellAll<Story, End>(
  queue: Story[],
  atOnce: number,
  live: (story: Story, target: number) => Promise<End>,
  problemOf: (story: Story, end: End, target: number) => Promise<string | undefined>,
): Promise<string[]> {
  const problems: string[] = [];
  for (let first = 0; first < queue.length; first += atOnce) {
    const batch = queue.slice(first, first + atOnce);
    const ends = await Promise.all(batch.map((story, target) => live(story, target)));
    // While no load runs: the sweep looks at all of them, and would meet the faults of another one.
    for (const [target, end] of ends.entries()) {
      const story = batch[target]!;
      const found = await problemOf(story, end, target).catch((error: unknown) => String(error));
      if (found !== undefined) problems.push(`${JSON.stringify(story)}: ${found}`);
    }
  }
  return problems;
}

/** The clock comes by until the load is over, if it ever is. @returns what was left before, and what is left still */
export async function sweepUntilOver(
  loads: WholeLoads,
  loadId: string,
): Promise<{ atFirst: string[]; still: string[]; isOver: boolean }> {
  const isOver = async () =>
    (await loads.resultOf(loadId))?.tearDown === 'complete' && (await loads.left(loadId)).length === 0;
  const atFirst = await loads.left(loadId);
  for (let sweeps = 0; sweeps < MOST_SWEEPS && !(await isOver()); sweeps += 1) await loads.sweep(1);
  return { atFirst, still: await loads.left(loadId), isOver: await isOver() };
}

/** Its consumer is told once how it ended. */
export function tellingProblem({ told }: WholeLoads, { loadId, status }: LoadResult): string | undefined {
  const heard = told.filter((one) => one.loadId === loadId).map(({ type }) => type);
  const wanted = status === 'SUCCEEDED' ? 'InitialLoadSucceeded' : 'InitialLoadFailed';
  return heard.join() === wanted ? undefined : `ended ${status}, and the consumer was told: ${heard.join()}`;
}

/** SUCCEEDED and verified; or FAILED, with the cause that was injected. @param isGone says of a cause that something vanished */
export function endProblem(
  { status, tables, failure }: LoadResult,
  { operation, kind, detour }: Happened,
  isGone: (cause: string) => boolean,
): string | undefined {
  if (status === 'SUCCEEDED') {
    return tables.length === 3 && tables.every(({ verified }) => verified) ? undefined : 'not verified';
  }
  const cause = failure?.cause ?? '';
  if (detour?.denied !== undefined)
    return isDenied(cause, detour.denied) ? undefined : `failed for another cause: ${cause}`;
  if (PASSING.includes(kind)) return `failed, though it passes: ${cause}`;
  const isTrue = kind === 'access denied' ? isDenied(cause, operation) : isGone(cause);
  return isTrue ? undefined : `failed for another cause: ${cause}`;
}

/** "complete" is said only where nothing was left; else the result says what was, and why. */
export function tearDownProblem(
  { tearDown, tornDown }: LoadResult,
  atFirst: string[],
  { operation, kind }: Happened,
): string | undefined {
  if (tearDown === 'complete')
    return atFirst.length === 0 ? undefined : `said complete, and left ${atFirst.join(', ')}`;
  const failed = tornDown.filter(({ status }) => status === 'failed').map(({ detail = '' }) => detail);
  if (kind !== 'access denied') return undefined;
  return failed.some((detail) => isDenied(detail, operation))
    ? undefined
    : `incomplete, and did not say why: ${JSON.stringify(tornDown)}`;
}

function isDenied(said: string, operation: string): boolean {
  return said.includes(`${operation}: AccessDeniedException:`);
}
