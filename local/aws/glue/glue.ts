import { startJsonService, type JsonService } from '../json-service.ts';
import { connectionOperations } from './connections.ts';
import { ENUMS } from './enums.ts';
import { jobOperations } from './jobs.ts';
import type { JobRunner } from './job-runner.ts';
import type { RunScript } from './run-script.ts';
import { runOperations } from './runs.ts';
import { tagOperations } from './tags.ts';
import { vanish } from './vanish.ts';
import { arnOf, type World } from './world.ts';

/** A stand-in for AWS Glue, not the service: its calls for jobs, and what they take, by the clock it is given. */
export interface GlueStandIn extends JsonService {
  /** What happens to the next run that starts; several are used up in order. */
  nextRun(script: RunScript): void;
  /** Everything that exists right now, and each run that hasn't ended: also those whose job is deleted. */
  resources(): GlueResource[];
  /** Resolves when no script runs: by real time, whatever the clock says. */
  settled(): Promise<void>;
}
export interface GlueResource {
  type: 'job' | 'connection' | 'job run';
  /** Of a run: the job's name, a slash, the run's id. */
  id: string;
  arn?: string;
}

export interface GlueOptions {
  now(): Date;
  region: string;
  runner: JobRunner;
  /** The most that a page of an answer holds. */
  pageSize?: number;
}

export async function startGlue({ pageSize = Infinity, ...given }: GlueOptions): Promise<GlueStandIn> {
  const world: World = {
    ...given,
    pageSize,
    runScripts: [],
    jobs: new Map(),
    connections: new Map(),
    runs: [],
  };
  const tick = () => {
    for (const run of world.runs) run.tick();
  };
  const service = await startJsonService({
    targetPrefix: 'AWSGlue',
    model: await import('@aws-sdk/client-glue'),
    enums: ENUMS,
    operations: {
      ...jobOperations(world),
      ...runOperations(world),
      ...connectionOperations(world),
      ...tagOperations(world),
    },
    now: world.now,
    tick,
    vanish: (input) => vanish(world, input),
  });
  return {
    ...service,
    nextRun: (script) => void world.runScripts.push(script),
    resources() {
      tick();
      return resourcesOf(world);
    },
    async settled() {
      tick();
      await Promise.all(world.runs.map((run) => run.settled()));
    },
    async stop() {
      await service.stop();
      await Promise.all(world.runs.map((run) => run.kill()));
    },
  };
}

function resourcesOf(world: World): GlueResource[] {
  const { jobs, connections, runs } = world;
  return [
    ...[...jobs.keys()].map((id) => ({ type: 'job' as const, id, arn: arnOf(world, 'job', id) })),
    ...[...connections.keys()].map((id) => ({ type: 'connection' as const, id, arn: arnOf(world, 'connection', id) })),
    ...runs
      .filter(({ end }) => end === undefined)
      .map(({ job, id }) => ({ type: 'job run' as const, id: `${job.name}/${id}` })),
  ];
}
