import { LoadFailedError } from '../../errors.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { adviceFor } from './advice.ts';
import { assess } from './resources/assessment.ts';
import { testConnections } from './resources/connections.ts';
import { makeEndpoint, SIDES } from './resources/endpoints.ts';
import { explain } from './run/explain.ts';
import { awaitInstance, makeInstance } from './resources/instance.ts';
import { phaseOf } from './run/judge.ts';
import { needArn, readMade, rememberMade, rememberReady } from './resources/made.ts';
import { nameOf } from './names.ts';
import { BETWEEN_CREATES_SECONDS, POLL_SECONDS, waitFor } from '../pace.ts';
import { runnerOf } from './run/runners.ts';
import { sizeReplication, type Sizing } from './weigh/sizing.ts';
import { makeSubnetGroup } from './resources/subnet-group.ts';

/**
 * Makes what the load needs in DMS, one thing a call, so that many loads at once stay inside what DMS allows an account:
 * subnet group, instance, endpoints; then, once the instance is there, tests of the connections, the task (or the
 * serverless replication, which needs no instance and tests by itself), and the assessment when one is asked for.
 * @throws LoadFailedError, LoadClosedError, DeadlineError, TransientError
 */
export async function provision(load: Load): Promise<StepAnswer> {
  for (const { waitsFor, make } of stagesOf(load)) {
    const answer = await make();
    if (answer === undefined) continue;
    await tellWaitingFor(load, waitsFor);
    return answer;
  }
  return done;
}

interface Stage {
  /** Told to whoever watches the load while this stage isn't done. */
  waitsFor: string;
  /** Answers undefined, without a request, once it has nothing left to do. */
  make(): Promise<StepAnswer | undefined>;
}

/** In the order in which each needs what the earlier ones made. */
function stagesOf(load: Load): Stage[] {
  const { request, survey, plan } = load;
  const sizing = sizeReplication({ request, survey, tables: plan.tables });
  const subnets = subnetsOf(load, sizing);
  const stages: Stage[] = [];
  // A group that the request names is there already.
  if (subnets === nameOf(load, 'subnets'))
    stages.push({ waitsFor: 'a DMS subnet group', make: () => makeSubnetGroup(load) });
  if (sizing.mode === 'temporary-instance') {
    stages.push({ waitsFor: 'a DMS replication instance', make: () => makeInstance(load, sizing, subnets) });
  }
  for (const side of SIDES)
    stages.push({ waitsFor: `a DMS endpoint for the ${side}`, make: () => makeEndpoint(load, side) });
  if (sizing.mode === 'serverless') {
    return [...stages, { waitsFor: 'a DMS serverless replication', make: () => makeRunner(load, { subnets }) }];
  }
  const findInstanceArn = async () =>
    sizing.mode === 'given-instance' ? sizing.instanceArn : needArn(await readMade(load), 'instance');
  return [
    ...stages,
    { waitsFor: 'the DMS replication instance, until it is available', make: () => awaitInstance(load, sizing) },
    { waitsFor: "DMS's tests of both connections", make: async () => testConnections(load, await findInstanceArn()) },
    { waitsFor: 'a DMS replication task', make: async () => makeRunner(load, { instance: await findInstanceArn() }) },
    ...(request.dms?.assessment === true
      ? [{ waitsFor: 'a premigration assessment by DMS', make: () => assess(load) }]
      : []),
  ];
}

/** The subnet group's identifier: the request's, or the load's own; undefined in the account's default VPC. */
function subnetsOf(load: Load, { mode }: Sizing): string | undefined {
  if (mode === 'given-instance') return undefined;
  const subnetIds = load.services.deployment.dms?.subnetIds ?? [];
  return load.request.dms?.subnetGroup ?? (subnetIds.length > 0 ? nameOf(load, 'subnets') : undefined);
}

/** The task or the serverless replication, until it can be started. How one that was started goes on is for advance to say. */
async function makeRunner(
  load: Load,
  { instance, subnets }: { instance?: string; subnets?: string | undefined },
): Promise<StepAnswer | undefined> {
  const runner = runnerOf(load);
  const { kind } = runner;
  const made = await readMade(load);
  if (made.ready.includes(kind)) return undefined;
  const isNew = made.arns[kind] === undefined;
  const on = {
    source: needArn(made, 'source'),
    target: needArn(made, 'target'),
    ...(instance !== undefined && { instance }),
    ...(subnets !== undefined && { subnets }),
  };
  const state = isNew ? await runner.create(load, on) : await runner.look(load);
  if (state === undefined) {
    throw new LoadFailedError(`The ${kind} ${nameOf(load, kind)} is gone. ${adviceFor('ResourceNotFoundFault')}`);
  }
  const phase = phaseOf(state);
  // One of an earlier attempt that is still going is waited for, and made anew.
  if (isNew && phase === 'broken') return waitFor(load, { shortestSeconds: POLL_SECONDS });
  if (isNew) await rememberMade(load, kind, state.arn);
  if (phase === 'changing') {
    return waitFor(load, { shortestSeconds: isNew ? BETWEEN_CREATES_SECONDS : POLL_SECONDS });
  }
  if (phase === 'broken' || (phase === 'ended' && !state.started)) {
    throw new LoadFailedError(explain(state, [], `It can't be started. Run the load again.`));
  }
  await rememberReady(load, kind);
  return undefined;
}
