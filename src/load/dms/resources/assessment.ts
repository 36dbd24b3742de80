import { LoadFailedError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import type { StepAnswer } from '../../../step.ts';
import { adviceFor } from '../advice.ts';
import { callDms } from '../calls.ts';
import { askToEnd, type Ending } from './end.ts';
import { makeOnce, THERE_ALREADY, needArn, readMade, rememberReady, type Found } from './made.ts';
import { nameOf, tagsOf } from '../names.ts';
import { POLL_SECONDS, waitFor } from '../../pace.ts';

/** In the deployment's bucket: a folder for the results of each load. */
const FOLDER = 'assessments';

/**
 * One premigration assessment run of everything that DMS can assess of the task. Its results stay in the bucket.
 * @returns undefined once it has passed, warnings included
 * @throws LoadFailedError naming the assessments that failed
 */
export async function assess(load: Load): Promise<StepAnswer | undefined> {
  const made = await readMade(load);
  if (made.ready.includes('assessment')) return undefined;
  const taskArn = needArn(made, 'task');
  const asked = await makeOnce(load, 'assessment', {
    create: () => startRun(load, taskArn),
    find: () => findRun(load, taskArn),
  });
  if (asked !== undefined) return asked;
  const arn = needArn(made, 'assessment');
  const run = (await findRuns(taskArn)).find((each) => each.arn === arn);
  if (run === undefined) {
    const name = nameOf(load, 'assessment');
    throw new LoadFailedError(
      `The premigration assessment ${name} is gone, or its task is. ${adviceFor('ResourceNotFoundFault')}`,
    );
  }
  const { status, said } = run;
  switch (RUN_STATUSES.get(status)) {
    case 'passed':
      await rememberReady(load, 'assessment');
      return undefined;
    case 'running':
      return waitFor(load, { shortestSeconds: POLL_SECONDS });
    case 'failed':
      throw new LoadFailedError(await explainFailure(arn, said));
    case 'broken':
      throw new LoadFailedError(
        `The premigration assessment is ${status}: ${said || 'no message.'} ${adviceFor('assessment broke off')}`,
      );
    case undefined:
      throw new LoadFailedError(
        `The premigration assessment has the status "${status}". ${adviceFor('unknown status')}`,
      );
  }
}

/** Those of ReplicationTaskAssessmentRun.Status in the SDK. */
export const RUN_STATUSES: ReadonlyMap<string, 'running' | 'passed' | 'failed' | 'broken'> = new Map([
  ['starting', 'running'],
  ['provisioning', 'running'],
  ['running', 'running'],
  ['passed', 'passed'],
  ['warning', 'passed'],
  ['failed', 'failed'],
  ['cancelling', 'broken'],
  ['deleting', 'broken'],
  ['error-provisioning', 'broken'],
  ['error-executing', 'broken'],
  ['invalid state', 'broken'],
]);

/** A run that is under way already is ours, whose start's answer was lost, or somebody else's, and DMS's words stand. */
function startRun(load: Load, taskArn: string): Promise<string> {
  const { accessRoleArn = '', assessmentBucket = '' } = load.services.deployment.dms ?? {};
  return callDms(
    'StartReplicationTaskAssessmentRun',
    async ({ client, sdk }) => {
      const command = new sdk.StartReplicationTaskAssessmentRunCommand({
        ReplicationTaskArn: taskArn,
        ServiceAccessRoleArn: accessRoleArn,
        ResultLocationBucket: assessmentBucket,
        ResultLocationFolder: `${FOLDER}/${load.loadId}`,
        AssessmentRunName: nameOf(load, 'assessment'),
        Tags: tagsOf(load),
      });
      try {
        const run = (await client.send(command)).ReplicationTaskAssessmentRun;
        return run?.ReplicationTaskAssessmentRunArn ?? THERE_ALREADY;
      } catch (error) {
        const ours = error instanceof sdk.InvalidResourceStateFault ? await findRun(load, taskArn) : undefined;
        if (ours === undefined) throw error;
        return ours.arn;
      }
    },
    { ResourceAlreadyExistsFault: THERE_ALREADY },
  );
}

async function findRun(load: Load, taskArn: string): Promise<Run | undefined> {
  return (await findRuns(taskArn)).find(({ name }) => name === nameOf(load, 'assessment'));
}

interface Run extends Found {
  name: string;
  said?: string;
}

/** All runs of the task: it is the load's own, and so are they. */
export async function findRuns(taskArn: string): Promise<Run[]> {
  const runs = await callDms(
    'DescribeReplicationTaskAssessmentRuns',
    async ({ client, sdk }) => {
      const Filters = [{ Name: 'replication-task-arn', Values: [taskArn] }];
      const answer = await client.send(new sdk.DescribeReplicationTaskAssessmentRunsCommand({ Filters }));
      return answer.ReplicationTaskAssessmentRuns ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
  return runs.map((run) => ({
    arn: run.ReplicationTaskAssessmentRunArn ?? '',
    status: run.Status ?? '',
    name: run.AssessmentRunName ?? '',
    ...(run.LastFailureMessage !== undefined && { said: run.LastFailureMessage }),
  }));
}

async function explainFailure(runArn: string, said: string | undefined): Promise<string> {
  const assessments = await callDms(
    'DescribeReplicationTaskIndividualAssessments',
    async ({ client, sdk }) => {
      const Filters = [{ Name: 'replication-task-assessment-run-arn', Values: [runArn] }];
      const answer = await client.send(new sdk.DescribeReplicationTaskIndividualAssessmentsCommand({ Filters }));
      return answer.ReplicationTaskIndividualAssessments ?? [];
    },
    { ResourceNotFoundFault: [] },
  );
  const named = assessments
    .filter(({ Status }) => Status === 'failed' || Status === 'error')
    .map(({ IndividualAssessmentName: name, Status }) => `${name} (${Status})`);
  const what = named.length > 0 ? named.join(', ') : 'DMS names none';
  const message = said ? ` DMS says: ${said.replace(/\.?$/, '.')}` : '';
  return `Premigration assessments failed: ${what}.${message} ${adviceFor('assessment failed')}`;
}

/** One that still runs is cancelled first. */
export async function deleteRun(arn: string): Promise<Ending> {
  const deleted = await askToEnd('DeleteReplicationTaskAssessmentRun', ({ client, sdk }) =>
    client.send(new sdk.DeleteReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: arn })),
  );
  if (deleted !== 'not now') return deleted;
  await askToEnd('CancelReplicationTaskAssessmentRun', ({ client, sdk }) =>
    client.send(new sdk.CancelReplicationTaskAssessmentRunCommand({ ReplicationTaskAssessmentRunArn: arn })),
  );
  return deleted;
}
