import type * as Sdk from '@aws-sdk/client-database-migration-service';
import { applyFilters, pageOf } from './pages.ts';
import { checkTags } from './tags.ts';
import { after, arnOf, DURATIONS, invalidState, type Kept, type World } from './world.ts';

/** A premigration assessment: the stand-in looks at nothing, and passes everything unless a test scripts otherwise. */
export interface AssessmentRun extends Kept {
  task: string;
  bucket: string;
  folder?: string;
  roleArn: string;
  cancelledAt?: Date;
  /** How it ends: passed, unless scripted. */
  outcome: AssessmentOutcome;
}
export interface AssessmentOutcome {
  status: 'passed' | 'failed' | 'warning' | 'error-provisioning' | 'error-executing';
  message?: string;
}

/** Of the SDK's doc comments and the DMS user guide's "Individual assessments". */
const INDIVIDUAL = [
  'unsupported-data-types-in-source',
  'full-lob-not-nullable-at-target',
  'table-with-lob-but-without-primary-key-or-unique-constraint',
];

export function assessmentOperations(world: World) {
  return {
    StartReplicationTaskAssessmentRun(
      input: Sdk.StartReplicationTaskAssessmentRunMessage,
    ): Sdk.StartReplicationTaskAssessmentRunResponse {
      const task = world.tasks.need(input.ReplicationTaskArn);
      const runs = world.assessmentRuns.list().filter((run) => run.task === task.arn);
      if (runs.some((run) => isActive(world, run))) invalidState('An assessment run of the task is already under way');
      if (task.deletingAt !== undefined || after(task.createdAt, DURATIONS.taskCreating) > world.now()) {
        invalidState('The replication task is not in a valid state for an assessment run');
      }
      const { ResultLocationBucket = '', ResultLocationFolder: folder, ServiceAccessRoleArn = '' } = input;
      const run = world.assessmentRuns.put({
        arn: arnOf(world, 'assessment-run'),
        identifier: `${task.identifier}/${input.AssessmentRunName}`,
        tags: checkTags(input.Tags),
        createdAt: world.now(),
        task: task.arn,
        bucket: ResultLocationBucket,
        ...(folder !== undefined && { folder }),
        roleArn: ServiceAccessRoleArn,
        outcome: world.dataFaults.takeAssessment() ?? { status: 'passed' },
      });
      return { ReplicationTaskAssessmentRun: show(world, run) };
    },

    DescribeReplicationTaskAssessmentRuns(
      input: Sdk.DescribeReplicationTaskAssessmentRunsMessage,
    ): Sdk.DescribeReplicationTaskAssessmentRunsResponse {
      const found = applyFilters(world.assessmentRuns.list(), input.Filters, {
        of: 'Replication Task Assessment Runs',
        fields: {
          'replication-task-assessment-run-arn': ({ arn }) => arn,
          'replication-task-arn': ({ task }) => task,
          'replication-instance-arn': ({ task }) => world.tasks.find(task)?.instance,
          status: (run) => statusOf(world, run),
        },
      });
      const { items, marker } = pageOf(found, input, world);
      return { ReplicationTaskAssessmentRuns: items.map((run) => show(world, run)), ...marker };
    },

    DescribeReplicationTaskIndividualAssessments(
      input: Sdk.DescribeReplicationTaskIndividualAssessmentsMessage,
    ): Sdk.DescribeReplicationTaskIndividualAssessmentsResponse {
      const all = world.assessmentRuns.list().flatMap((run) => INDIVIDUAL.map((name, index) => ({ run, name, index })));
      const found = applyFilters(all, input.Filters, {
        of: 'Replication Task Individual Assessments',
        fields: {
          'replication-task-assessment-run-arn': ({ run }) => run.arn,
          'replication-task-arn': ({ run }) => run.task,
          status: ({ run, index }) => individualStatus(world, run, index),
        },
      });
      const { items, marker } = pageOf(found, input, world);
      const shown = items.map(({ run, name, index }) => ({
        ReplicationTaskIndividualAssessmentArn: `${run.arn.replace(':assessment-run:', ':individual-assessment:')}-${index + 1}`,
        ReplicationTaskAssessmentRunArn: run.arn,
        IndividualAssessmentName: name,
        Status: individualStatus(world, run, index),
        ReplicationTaskIndividualAssessmentStartDate: run.createdAt,
      }));
      return { ReplicationTaskIndividualAssessments: shown, ...marker };
    },

    CancelReplicationTaskAssessmentRun(
      input: Sdk.CancelReplicationTaskAssessmentRunMessage,
    ): Sdk.CancelReplicationTaskAssessmentRunResponse {
      const run = world.assessmentRuns.need(input.ReplicationTaskAssessmentRunArn);
      if (!isActive(world, run)) invalidState('The assessment run is not under way');
      run.cancelledAt = world.now();
      return { ReplicationTaskAssessmentRun: show(world, run) };
    },

    DeleteReplicationTaskAssessmentRun(
      input: Sdk.DeleteReplicationTaskAssessmentRunMessage,
    ): Sdk.DeleteReplicationTaskAssessmentRunResponse {
      const run = world.assessmentRuns.need(input.ReplicationTaskAssessmentRunArn);
      if (isActive(world, run)) invalidState('The assessment run is under way: cancel it first');
      run.deletingAt = world.now();
      run.goneAt = after(run.deletingAt, DURATIONS.assessmentDeleting);
      return { ReplicationTaskAssessmentRun: show(world, run) };
    },
  };
}

/** While it is, its task can't be started or deleted. */
export function isActive(world: World, run: AssessmentRun): boolean {
  return ['starting', 'provisioning', 'running'].includes(statusOf(world, run));
}

function statusOf({ now }: World, { createdAt, cancelledAt, deletingAt, outcome }: AssessmentRun): string {
  if (deletingAt !== undefined) return 'deleting';
  if (cancelledAt !== undefined) return 'cancelling';
  const provisionedAt = after(createdAt, DURATIONS.assessmentStarting);
  const runsAt = after(provisionedAt, DURATIONS.assessmentProvisioning);
  const endsAt = after(runsAt, DURATIONS.assessmentRunning);
  if (now() < provisionedAt) return 'starting';
  if (now() < runsAt) return 'provisioning';
  if (outcome.status === 'error-provisioning') return outcome.status;
  return now() < endsAt ? 'running' : outcome.status;
}

function individualStatus(world: World, run: AssessmentRun, index: number): string {
  const status = statusOf(world, run);
  if (status === 'cancelling' || status === 'deleting') return 'cancelled';
  if (isActive(world, run)) return status === 'running' ? 'running' : 'pending';
  if (index > 0 || status === 'passed') return 'passed';
  return status === 'failed' || status === 'warning' ? status : 'error';
}

function show(world: World, run: AssessmentRun): Sdk.ReplicationTaskAssessmentRun {
  const status = statusOf(world, run);
  const counted = (...wanted: string[]) =>
    INDIVIDUAL.filter((_, index) => wanted.includes(individualStatus(world, run, index))).length;
  const isOver = !isActive(world, run);
  const latest = world.assessmentRuns.list().findLast(({ task }) => task === run.task);
  return {
    ReplicationTaskAssessmentRunArn: run.arn,
    ReplicationTaskArn: run.task,
    Status: status,
    ReplicationTaskAssessmentRunCreationDate: run.createdAt,
    AssessmentProgress: {
      IndividualAssessmentCount: INDIVIDUAL.length,
      IndividualAssessmentCompletedCount: isOver ? INDIVIDUAL.length : 0,
    },
    ...(isOver && run.outcome.message !== undefined && { LastFailureMessage: run.outcome.message }),
    ServiceAccessRoleArn: run.roleArn,
    ResultLocationBucket: run.bucket,
    ...(run.folder !== undefined && { ResultLocationFolder: run.folder }),
    AssessmentRunName: run.identifier.slice(run.identifier.indexOf('/') + 1),
    IsLatestTaskAssessmentRun: latest === run,
    ...(isOver && {
      ResultStatistic: {
        Passed: counted('passed'),
        Failed: counted('failed'),
        Error: counted('error'),
        Warning: counted('warning'),
        Cancelled: counted('cancelled'),
        Skipped: 0,
      },
    }),
  };
}
