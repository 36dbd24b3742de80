import { LoadFailedError } from '../../errors.ts';
import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { adviceFor } from './advice.ts';
import { assess } from './assessment.ts';
import { testConnections } from './connections.ts';
import { makeEndpoint, SIDES } from './endpoints.ts';
import { explain } from './explain.ts';
import { awaitInstance, makeInstance } from './instance.ts';
import { phaseOf } from './judge.ts';
import { needArn, readMade, rememberMade, rememberReady } from './made.ts';
import { nameOf } from './names.ts';
import { BETWEEN_CREATES_SECONDS, POLL_SECONDS, waitFor } from './pace.ts';
import { runnerOf } from './runners.ts';
import { sizeReplication, type Sizing } from './sizing.ts';
import { makeSubnetGroup } from './subnet-group.ts';

/**
 * Makes what the load needs in DMS, one thing a call, so that many loads at once stay inside what DMS allows an account:
 * subnet group, instance, endpoints; then, once the instance is there, tests of the connections, the task (or the
 * serverless replication, which needs no instance and tests by itself), and the assessment when one is asked for.
 * @throws LoadFailedError, LoadClosedError, DeadlineError, TransientError
 */
export async function provision(load: Load): Promise<StepAnswer> {
  for (const { makes, part } of partsOf(load)) {
    const answer = await part();
    if (answer === undefined) continue;
    await tellWaitingFor(load, makes);
    return answer;
  }
  return done;
}

interface Part {
  /** For whoever waits. */
  makes: string;
  /** Answers undefined, without a request, once it has nothing left to do. */
  part(): Promise<StepAnswer | undefined>;
}

/** In order. */
function partsOf(load: Load): Part[] {
  const { request, survey, plan } = load;
  const sizing = sizeReplication({ request, survey, tables: plan.tables });
  const subnets = subnetsOf(load, sizing);
  const parts: Part[] = [];
  if (subnets === nameOf(load, 'subnets'))
    parts.push({ makes: 'a DMS subnet group', part: () => makeSubnetGroup(load) });
  if (sizing.mode === 'temporary-instance') {
    parts.push({ makes: 'a DMS replication instance', part: () => makeInstance(load, sizing, subnets) });
  }
  for (const side of SIDES)
    parts.push({ makes: `a DMS endpoint for the ${side}`, part: () => makeEndpoint(load, side) });
  if (sizing.mode === 'serverless') {
    return [...parts, { makes: 'a DMS serverless replication', part: () => makeRunner(load, { subnets }) }];
  }
  const findArn = async () =>
    sizing.mode === 'given-instance' ? sizing.instanceArn : needArn(await readMade(load), 'instance');
  return [
    ...parts,
    { makes: 'the DMS replication instance, until it is available', part: () => awaitInstance(load, sizing) },
    { makes: "DMS's tests of both connections", part: async () => testConnections(load, await findArn()) },
    { makes: 'a DMS replication task', part: async () => makeRunner(load, { instance: await findArn() }) },
    ...(request.dms?.assessment === true
      ? [{ makes: 'a premigration assessment by DMS', part: () => assess(load) }]
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
