import { deleteRun, findRuns } from '../resources/assessment.ts';
import { phaseOf } from '../run/judge.ts';
import { isOurs, type OwnedLoad } from '../../owned-load.ts';
import { trying } from '../../removing.ts';
import { isOver, type Removing } from './removing.ts';
import type { Runner } from '../run/runner.ts';
import { tagsByArn } from '../resources/tags.ts';

/**
 * What can be done now to end and delete what runs the load: stopped, its assessments deleted, then itself. A serverless
 * replication is paid for until its configuration is deleted, which DMS allows as soon as it has stopped.
 */
export async function removeRunner(load: OwnedLoad, removing: Removing, runner: Runner): Promise<void> {
  const { kind } = runner;
  const state = await runner.look(load);
  if (state === undefined || !(await isKnownAsOurs(load, removing, runner, state.arn))) {
    removing.next[kind] = 'gone';
    if (kind === 'task') removing.next.assessment = 'gone';
    return;
  }
  removing.seen[kind] = state.arn;
  if (state.status === 'deleting' || state.status === 'stopping') return;
  if (phaseOf(state) === 'loading') {
    await runner.stop(load, state.arn);
    return;
  }
  if (kind === 'task' && !isOver(removing, 'assessment')) {
    await trying(removing, ['assessment'], () => removeAssessments(removing, state.arn));
    if (!isOver(removing, 'assessment')) return;
  }
  if ((await runner.remove(load, state.arn)) !== 'not now') return;
  await runner.stop(load, state.arn);
  // One may have been started at the last moment.
  if (kind === 'task' && removing.next.assessment === 'gone') delete removing.next.assessment;
}

async function isKnownAsOurs(load: OwnedLoad, removing: Removing, { kind }: Runner, arn: string): Promise<boolean> {
  if (removing.seen[kind] === arn) return true;
  return isOurs(load, (await tagsByArn([arn])).get(arn));
}

async function removeAssessments(removing: Removing, taskArn: string): Promise<void> {
  const runs = await findRuns(taskArn);
  if (runs.length === 0) removing.next.assessment = 'gone';
  for (const { arn, status } of runs) {
    removing.seen.assessment = arn;
    if (status !== 'deleting' && status !== 'cancelling') await deleteRun(arn);
  }
}
