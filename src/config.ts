import type { Bounds } from './request/bounds.ts';
import type { Deployment, DmsDeployment } from './services.ts';

/** What a deployment decides, read from the environment that config/environment.yml gives its functions. */
export interface Config {
  /** `s3://bucket/prefix` or a directory. */
  storeAddress: string;
  keepHours: number;
  bounds: Bounds;
  deployment: Deployment;
}

type Environment = Record<string, string | undefined>;

const DEFAULTS = {
  keepHours: 72,
  // Nothing is allowed that the deployment doesn't name.
  bounds: {
    secrets: [],
    databaseHosts: [],
    webhookHosts: [],
    topicArns: [],
    queueUrls: [],
    busNames: [],
    replicationInstances: [],
    subnetGroups: [],
    environmentReferences: false,
  },
} satisfies Omit<Config, 'storeAddress' | 'deployment'>;

/** @throws Error naming the variable that is missing or malformed */
export function readConfig(environment: Environment = process.env): Config {
  const { bounds } = DEFAULTS;
  return {
    storeAddress: required(environment, 'LOAD_STORE'),
    keepHours: wholeNumber(environment, 'KEEP_HOURS', { from: 0, to: 8_760, otherwise: DEFAULTS.keepHours }),
    bounds: {
      secrets: list(environment, 'ALLOWED_SECRETS', bounds.secrets),
      databaseHosts: list(environment, 'ALLOWED_DATABASE_HOSTS', bounds.databaseHosts),
      webhookHosts: list(environment, 'ALLOWED_WEBHOOK_HOSTS', bounds.webhookHosts),
      topicArns: list(environment, 'ALLOWED_TOPIC_ARNS', bounds.topicArns),
      queueUrls: list(environment, 'ALLOWED_QUEUE_URLS', bounds.queueUrls),
      busNames: list(environment, 'ALLOWED_BUS_NAMES', bounds.busNames),
      replicationInstances: list(environment, 'ALLOWED_REPLICATION_INSTANCES', bounds.replicationInstances),
      subnetGroups: list(environment, 'ALLOWED_SUBNET_GROUPS', bounds.subnetGroups),
      environmentReferences: bounds.environmentReferences,
    },
    deployment: { name: required(environment, 'DEPLOYMENT'), ...readDmsDeployment(environment) },
  };
}

/** What AWS DMS needs, on Lambda and in local runs alike: nothing, unless the access role is named. */
export function readDmsDeployment(environment: Environment = process.env): { dms?: DmsDeployment } {
  const accessRoleArn = environment['DMS_ACCESS_ROLE_ARN']?.trim();
  if (!accessRoleArn) return {};
  const assessmentBucket = environment['DMS_ASSESSMENT_BUCKET']?.trim();
  return {
    dms: {
      accessRoleArn,
      subnetIds: list(environment, 'DMS_SUBNET_IDS', []),
      securityGroupIds: list(environment, 'DMS_SECURITY_GROUP_IDS', []),
      ...(assessmentBucket && { assessmentBucket }),
    },
  };
}

/** The two state machines of this deployment. @throws Error naming the variable that is missing or malformed */
export function machineArns(environment: Environment = process.env): { initialLoad: string; tearDown: string } {
  return {
    initialLoad: stateMachineArn(environment, 'INITIAL_LOAD_STATE_MACHINE'),
    tearDown: stateMachineArn(environment, 'TEAR_DOWN_STATE_MACHINE'),
  };
}

/** What "env:NAME" in a request stands for, in a local run. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}

function required(environment: Environment, name: string): string {
  const value = environment[name]?.trim();
  if (!value) throw new Error(`The environment variable ${name} is not set: see config/environment.yml.`);
  return value;
}

function stateMachineArn(environment: Environment, name: string): string {
  const value = required(environment, name);
  if (/^arn:aws[a-z-]*:states:[a-z0-9-]+:\d{12}:stateMachine:[^:]+$/.test(value)) return value;
  throw new Error(`The environment variable ${name} is not the ARN of a state machine: ${JSON.stringify(value)}.`);
}

function wholeNumber(
  environment: Environment,
  name: string,
  { from, to, otherwise }: { from: number; to: number; otherwise: number },
): number {
  const text = environment[name]?.trim();
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= from && value <= to) return value;
  throw new Error(
    `The environment variable ${name} must be a whole number from ${from} to ${to}, not ${JSON.stringify(text)}.`,
  );
}

/** A comma-separated list of patterns. */
function list(environment: Environment, name: string, otherwise: string[]): string[] {
  const text = environment[name];
  if (text === undefined) return otherwise;
  const items = text.split(',').map((item) => item.trim());
  if (text.trim() === '') return [];
  if (items.every((item) => item !== '' && !/\s/.test(item))) return items;
  throw new Error(
    `The environment variable ${name} must be a list of patterns separated by commas, not ${JSON.stringify(text)}.`,
  );
}
