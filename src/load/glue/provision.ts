import type { Load } from '../../services.ts';
import { done, type StepAnswer } from '../../step.ts';
import { tellWaitingFor } from '../waiting-for.ts';
import { waitingOut } from './calls.ts';
import { makeJob } from './resources/job.ts';
import { makeNetwork } from './resources/network.ts';
import { putScripts } from './resources/scripts.ts';

/**
 * Makes what the load needs for Glue: the script's files in the load store, the connection into the VPC where the
 * deployment names one, the job. Each is there as soon as its call is answered.
 * @throws LoadFailedError, LoadClosedError, DeadlineError
 */
export async function provision(load: Load): Promise<StepAnswer> {
  return waitingOut(load, async () => {
    const network = load.services.deployment.glue?.network;
    await putScripts(load);
    if (network) await makeNetwork(load, network);
    await makeJob(load);
    await tellWaitingFor(load, undefined);
    return done;
  });
}
