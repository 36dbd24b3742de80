import type { World } from './world.ts';

/** Removes at once what a request names, as if somebody had deleted it, and had stopped before what runs of it. */
export async function vanish({ jobs, connections, runs }: World, input: Record<string, unknown>): Promise<void> {
  const named = [input['JobName'], input['Name'], input['ConnectionName'], arnEnd(input['ResourceArn'])].map(String);
  const job = named.map((name) => jobs.get(name)).find((found) => found !== undefined);
  if (job === undefined) {
    for (const name of named) connections.delete(name);
    return;
  }
  jobs.delete(job.name);
  await Promise.all(runs.filter((run) => run.job === job).map((run) => run.kill()));
}

function arnEnd(arn: unknown): string | undefined {
  return String(arn).split('/').at(-1);
}
