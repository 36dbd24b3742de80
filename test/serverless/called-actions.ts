import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The IAM actions that each call to AWS in the sources needs of its caller. A call that is missing here fails the test that
 * asks. Those of DMS and Glue are as their service authorization references have them ("API operations"), and what their
 * guides add: for an endpoint's secret, for the role that is DMS's own, for the role of a job, for tags.
 */
const ACTIONS: Record<string, string[]> = {
  GetObject: ['s3:GetObject'],
  PutObject: ['s3:PutObject'],
  DeleteObject: ['s3:DeleteObject'],
  DeleteObjects: ['s3:DeleteObject'],
  ListObjectsV2: ['s3:ListBucket'],
  GetSecretValue: ['secretsmanager:GetSecretValue'],
  GetParameter: ['ssm:GetParameter'],
  PutEvents: ['events:PutEvents'],
  Publish: ['sns:Publish'],
  SendMessage: ['sqs:SendMessage'],
  StartExecution: ['states:StartExecution'],
  DescribeExecution: ['states:DescribeExecution'],
  CreateReplicationSubnetGroup: ['dms:CreateReplicationSubnetGroup', 'dms:AddTagsToResource'],
  CreateReplicationInstance: ['dms:CreateReplicationInstance', 'dms:AddTagsToResource'],
  CreateEndpoint: [
    'dms:CreateEndpoint',
    'dms:AddTagsToResource',
    'iam:GetRole',
    'iam:PassRole',
    'secretsmanager:DescribeSecret',
  ],
  CreateReplicationTask: ['dms:CreateReplicationTask', 'dms:AddTagsToResource'],
  CreateReplicationConfig: ['dms:CreateReplicationConfig', 'dms:AddTagsToResource', 'iam:CreateServiceLinkedRole'],
  DescribeReplicationSubnetGroups: ['dms:DescribeReplicationSubnetGroups'],
  DescribeReplicationInstances: ['dms:DescribeReplicationInstances'],
  DescribeEndpoints: ['dms:DescribeEndpoints'],
  DescribeConnections: ['dms:DescribeConnections'],
  DescribeReplicationTasks: ['dms:DescribeReplicationTasks'],
  DescribeReplicationConfigs: ['dms:DescribeReplicationConfigs'],
  DescribeReplications: ['dms:DescribeReplications'],
  DescribeTableStatistics: ['dms:DescribeTableStatistics'],
  DescribeReplicationTableStatistics: ['dms:DescribeReplicationTableStatistics'],
  DescribeReplicationTaskAssessmentRuns: ['dms:DescribeReplicationTaskAssessmentRuns'],
  DescribeReplicationTaskIndividualAssessments: ['dms:DescribeReplicationTaskIndividualAssessments'],
  ListTagsForResource: ['dms:ListTagsForResource'],
  TestConnection: ['dms:TestConnection'],
  StartReplicationTaskAssessmentRun: [
    'dms:StartReplicationTaskAssessmentRun',
    'dms:AddTagsToResource',
    'iam:PassRole',
    'iam:CreateServiceLinkedRole',
  ],
  StartReplicationTask: ['dms:StartReplicationTask', 'iam:CreateServiceLinkedRole'],
  StartReplication: ['dms:StartReplication', 'iam:CreateServiceLinkedRole'],
  ReloadTables: ['dms:ReloadTables'],
  ReloadReplicationTables: ['dms:ReloadReplicationTables'],
  StopReplicationTask: ['dms:StopReplicationTask'],
  StopReplication: ['dms:StopReplication'],
  DeleteReplicationTaskAssessmentRun: ['dms:DeleteReplicationTaskAssessmentRun'],
  CancelReplicationTaskAssessmentRun: ['dms:CancelReplicationTaskAssessmentRun'],
  DeleteReplicationTask: ['dms:DeleteReplicationTask'],
  DeleteReplicationConfig: ['dms:DeleteReplicationConfig'],
  DeleteEndpoint: ['dms:DeleteEndpoint'],
  DeleteReplicationInstance: ['dms:DeleteReplicationInstance'],
  DeleteReplicationSubnetGroup: ['dms:DeleteReplicationSubnetGroup'],
  // Who gives or asks for the tags of a connection must be allowed to look at it.
  CreateConnection: ['glue:CreateConnection', 'glue:TagResource', 'glue:GetConnection'],
  GetConnections: ['glue:GetConnections'],
  DeleteConnection: ['glue:DeleteConnection'],
  CreateJob: ['glue:CreateJob', 'glue:TagResource', 'iam:PassRole'],
  ListJobs: ['glue:ListJobs'],
  DeleteJob: ['glue:DeleteJob'],
  GetTags: ['glue:GetTags', 'glue:GetConnection'],
  StartJobRun: ['glue:StartJobRun'],
  GetJobRun: ['glue:GetJobRun'],
  GetJobRuns: ['glue:GetJobRuns'],
  BatchStopJobRun: ['glue:BatchStopJobRun'],
  GetBootstrapBrokers: ['kafka:GetBootstrapBrokers'],
  DescribeClusterV2: ['kafka:DescribeClusterV2'],
  CreateTopic: ['kafka:CreateTopic'],
  DescribeTopic: ['kafka:DescribeTopic'],
  DeleteTopic: ['kafka:DeleteTopic'],
};

/** @param call an operation of the SDK: `CreateEndpoint` */
export function actionsOf(call: string): string[] {
  const actions = ACTIONS[call];
  if (actions === undefined) throw new Error(`Which IAM actions does ${call} need?`);
  return actions;
}

/** By handler file (`functions/plan.ts`): all calls to AWS that are left in its bundle, as operations of the SDK. */
export async function callsOf(handlers: string[], folder: string): Promise<Map<string, string[]>> {
  const output = join(folder, 'called');
  const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm', `--outdir=${output}`];
  await promisify(execFile)('node_modules/.bin/esbuild', [...handlers, ...options, '--log-level=error']);
  const calls = new Map<string, string[]>();
  for (const handler of handlers) {
    const bundle = await readFile(join(output, basename(handler, '.ts') + '.js'), 'utf8');
    calls.set(handler, callsIn(bundle));
  }
  return calls;
}

function callsIn(text: string): string[] {
  const calls = text.matchAll(/\bsdk\d*\.(?:(\w+)Command\b|paginate(\w+))/g);
  return [...new Set([...calls].map(([, command, paginated]) => command ?? paginated ?? ''))].sort();
}
