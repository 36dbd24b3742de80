import { shelvesOf, type Kept, type World } from './world.ts';

/**
 * Removes at once what a request names, as if somebody had deleted it: the first resource that it names by ARN or
 * identifier, and what can't be without it, since nobody could have deleted that one before.
 */
export async function vanish(world: World, input: Record<string, unknown>): Promise<void> {
  const words = wordsOf(input);
  for (const shelf of shelvesOf(world)) {
    const named = shelf.list().find(({ arn, identifier }) => words.includes(arn) || words.includes(identifier));
    if (named !== undefined) return removeWithUsers(world, named);
  }
}

async function removeWithUsers(world: World, named: Kept): Promise<void> {
  const runners = [...world.tasks.list(), ...world.replications.list()].filter(
    (runner) =>
      runner === named || [runner.source, runner.target, 'instance' in runner && runner.instance].includes(named.arn),
  );
  for (const { load } of runners) await load.stop();
  const runs = world.assessmentRuns.list().filter(({ task }) => runners.some(({ arn }) => arn === task));
  for (const shelf of shelvesOf(world)) {
    for (const gone of [named, ...runners, ...runs]) shelf.remove(gone);
  }
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsOf) : [];
}
