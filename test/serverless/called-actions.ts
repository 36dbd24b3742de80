import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** The IAM action that each call to AWS in the sources needs. A call that is missing here fails the test that asks. */
const ACTIONS: Record<string, string> = {
  GetObject: 's3:GetObject',
  PutObject: 's3:PutObject',
  DeleteObject: 's3:DeleteObject',
  ListObjectsV2: 's3:ListBucket',
  GetSecretValue: 'secretsmanager:GetSecretValue',
  GetParameter: 'ssm:GetParameter',
  PutEvents: 'events:PutEvents',
  Publish: 'sns:Publish',
  SendMessage: 'sqs:SendMessage',
  StartExecution: 'states:StartExecution',
  DescribeExecution: 'states:DescribeExecution',
};

/** By handler file (`functions/plan.ts`): the IAM actions of all calls to AWS that are left in its bundle. */
export async function calledActions(handlers: string[], folder: string): Promise<Map<string, Set<string>>> {
  const output = join(folder, 'called');
  const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm', `--outdir=${output}`];
  await promisify(execFile)('node_modules/.bin/esbuild', [...handlers, ...options, '--log-level=error']);
  const actions = new Map<string, Set<string>>();
  for (const handler of handlers) {
    const bundle = await readFile(join(output, basename(handler, '.ts') + '.js'), 'utf8');
    actions.set(handler, new Set(actionsIn(bundle)));
  }
  return actions;
}

function actionsIn(text: string): string[] {
  const calls = text.matchAll(/\bsdk\d*\.(?:(\w+)Command\b|paginate(\w+))/g);
  return [...calls].map(([, command, paginated]) => {
    const action = ACTIONS[command ?? paginated ?? ''];
    if (action === undefined) throw new Error(`Which IAM action does ${command ?? paginated} need?`);
    return action;
  });
}
