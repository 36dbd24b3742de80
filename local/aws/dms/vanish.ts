import type { Kept, Shelf, World } from './world.ts';

/**
 * Removes at once what a request names, as if somebody had deleted it: the first resource that it names by ARN or
 * identifier, and what can't be without it, since nobody could have deleted that one before.
 */
export async function vanish(world: World, input: Record<string, unknown>): Promise<void> {
  const words = wordsOf(input);
  // The task before its endpoints: a request that names a task is about it.
  const shelves: Shelf<Kept>[] = [
    world.tasks,
    world.replications,
    world.instances,
    world.endpoints,
    world.subnetGroups,
  ] as never;
  for (const shelf of [...shelves, world.assessmentRuns as unknown as Shelf<Kept>]) {
    const named = shelf.list().find(({ arn, identifier }) => words.includes(arn) || words.includes(identifier));
    if (named !== undefined) return removeWithUsers(world, named);
  }
}

async function removeWithUsers(world: World, named: Kept): Promise<void> {
  const runners = [...world.tasks.list(), ...world.replications.list()].filter(
    (runner) =>
      runner === named || [runner.source, runner.target, 'instance' in runner && runner.instance].includes(named.arn),
  );
  for (const runner of runners) {
    await runner.load.stop();
    world.tasks.remove(runner as never);
    world.replications.remove(runner as never);
  }
  for (const run of world.assessmentRuns.list()) {
    if (run === named || runners.some(({ arn }) => arn === run.task)) world.assessmentRuns.remove(run);
  }
  world.instances.remove(named as never);
  world.endpoints.remove(named as never);
  world.subnetGroups.remove(named as never);
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(wordsOf) : [];
}
