import { setTimeout as sleep } from 'node:timers/promises';
import type { DescribeExecutionOutput } from '@aws-sdk/client-sfn';
import { stepFunctions } from '../src/aws/clients.ts';
import { RequestError } from '../src/errors.ts';
import { executionName } from '../src/request/load-id.ts';
import { executionArnOf } from '../src/tear-down/executions.ts';

/** What the command line speaks to: the names that serverless.yml gives, in the account and region found. */
export interface Deployment {
  stack: string;
  loadMachineArn: string;
  tearDownMachineArn: string;
  planFunction: string;
  acknowledgeFunction: string;
  /** `s3://bucket` */
  storeAddress: string;
}

const LOAD_MACHINE_SUFFIX = '-initial-load';

/**
 * Finds a deployed stack by the name of its state machine, `<stack>-initial-load`.
 * @throws RequestError when there is none, or when there are no credentials or no region to look with
 */
export async function findDeployment(stack: string): Promise<Deployment> {
  const machines = await explainLogin(listLoadMachines);
  const loadMachineArn = machines.get(stack + LOAD_MACHINE_SUFFIX);
  if (loadMachineArn === undefined) throw unknownStack(stack, [...machines.keys()]);
  // arn:aws:states:<region>:<account>:stateMachine:<name>
  const [, , , region, account] = loadMachineArn.split(':');
  return {
    stack,
    loadMachineArn,
    tearDownMachineArn: loadMachineArn.slice(0, -LOAD_MACHINE_SUFFIX.length) + '-tear-down',
    planFunction: `${stack}-plan`,
    acknowledgeFunction: `${stack}-acknowledge`,
    storeAddress: `s3://${stack}-store-${account}-${region}`,
  };
}

async function listLoadMachines(): Promise<Map<string, string>> {
  const { client, sdk } = await stepFunctions();
  const machines = new Map<string, string>();
  for await (const page of sdk.paginateListStateMachines({ client }, {})) {
    for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? []) {
      if (name.endsWith(LOAD_MACHINE_SUFFIX)) machines.set(name, stateMachineArn);
    }
  }
  return machines;
}

function unknownStack(stack: string, machines: string[]): RequestError {
  const stacks = machines.map((name) => name.slice(0, -LOAD_MACHINE_SUFFIX.length));
  return new RequestError({
    field: '--stack',
    value: stack,
    wrong: 'this stack is not deployed in this account and region',
    advice:
      stacks.length === 0
        ? 'Deploy it with npx serverless deploy, choose another --region, or work on this machine with --local'
        : `Deployed are: ${stacks.join(', ')}`,
  });
}

async function explainLogin<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes('Region is missing')) {
      throw new RequestError({
        field: '--region',
        wrong: 'no region is set',
        advice: 'Give --region or set AWS_REGION',
      });
    }
    if (error instanceof Error && LOGIN_ERRORS.has(error.name)) {
      throw new RequestError({
        field: 'AWS credentials',
        wrong: `${error.name}: ${message.replace(/\.$/, '')}`,
        advice: 'Log in to the account of the stack, or work on this machine with --local',
      });
    }
    throw error;
  }
}

const LOGIN_ERRORS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'AccessDeniedException',
]);

export interface StartedExecution {
  executionArn: string;
  attempt: number;
  /** False when it was running already and is only followed. */
  started: boolean;
}

/**
 * Starts the next attempt at a load, or finds the one that is running with the same request. Closed execution names are
 * refused for 90 days, so the attempts are tried from `firstAttempt` on.
 * @throws RequestError when an attempt with another request is running
 */
export async function startOrAttach(
  deployment: Deployment,
  load: { loadId: string; firstAttempt: number; request: unknown },
): Promise<StartedExecution> {
  const input = JSON.stringify({ loadId: load.loadId, request: load.request });
  let attempt = load.firstAttempt;
  for (;;) {
    const name = executionName(load.loadId, attempt);
    const existing = await describe(executionArnOf(deployment.loadMachineArn, name));
    if (existing === undefined) {
      const arn = await start(deployment.loadMachineArn, name, input);
      if (arn !== undefined) return { executionArn: arn, attempt, started: true };
      // Somebody else took the name since it was looked up.
      await sleep(1_000);
    } else if (existing.status === 'RUNNING') {
      if (existing.input !== input) throw otherRequest(load.loadId, attempt);
      return { executionArn: existing.executionArn!, attempt, started: false };
    } else {
      attempt += 1;
    }
  }
}

async function start(stateMachineArn: string, name: string, input: string): Promise<string | undefined> {
  const { client, sdk } = await stepFunctions();
  try {
    return (await client.send(new sdk.StartExecutionCommand({ stateMachineArn, name, input }))).executionArn;
  } catch (error) {
    if (error instanceof sdk.ExecutionAlreadyExists) return undefined;
    throw error;
  }
}

function otherRequest(loadId: string, attempt: number): RequestError {
  return new RequestError({
    field: '--load-id',
    value: loadId,
    wrong: `attempt ${attempt} at this load is running with a different request`,
    advice: `Follow it with: initial-load watch ${loadId}. Or give this request a loadId of its own`,
  });
}

/** The execution, or undefined when there never was one by that name (or more than 90 days ago). */
export async function describe(arn: string): Promise<DescribeExecutionOutput | undefined> {
  const { client, sdk } = await stepFunctions();
  try {
    return await client.send(new sdk.DescribeExecutionCommand({ executionArn: arn }));
  } catch (error) {
    if (error instanceof sdk.ExecutionDoesNotExist) return undefined;
    throw error;
  }
}
