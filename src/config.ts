import type { Bounds } from './request/bounds.ts';
import type { Deployment, DmsDeployment, GlueDeployment } from './services.ts';

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
  // Of the repository, where a command is run in it.
  glueScriptDirectory: 'glue',
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
    kafkaClusters: [],
    replayTopics: [],
    targetUris: [],
    scripts: [],
    environmentReferences: false,
  },
} satisfies Omit<Config, 'storeAddress' | 'deployment'> & { glueScriptDirectory: string };

/** @throws Error naming the variable that is missing or malformed */
export function readConfig(environment: Environment = process.env): Config {
  const { bounds } = DEFAULTS;
  const storeAddress = required(environment, 'LOAD_STORE');
  return {
    storeAddress,
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
      kafkaClusters: list(environment, 'ALLOWED_KAFKA_CLUSTERS', bounds.kafkaClusters),
      replayTopics: list(environment, 'ALLOWED_REPLAY_TOPICS', bounds.replayTopics),
      targetUris: list(environment, 'ALLOWED_TARGET_URIS', bounds.targetUris),
      scripts: list(environment, 'ALLOWED_SCRIPTS', bounds.scripts),
      environmentReferences: bounds.environmentReferences,
    },
    deployment: {
      name: required(environment, 'DEPLOYMENT'),
      ...readDmsDeployment(environment),
      ...readGlueDeployment(storeAddress, environment),
    },
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

/**
 * What AWS Glue needs, on Lambda and in local runs alike: nothing, unless the jobs' role is named.
 * @param storeAddress `s3://bucket/prefix`: in a directory no job finds its script
 * @throws Error naming the variable that is missing or malformed
 */
export function readGlueDeployment(
  storeAddress: string,
  environment: Environment = process.env,
): { glue?: GlueDeployment } {
  const roleArn = environment['GLUE_ROLE_ARN']?.trim();
  if (!roleArn) return {};
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn)) {
    throw new Error(`The environment variable GLUE_ROLE_ARN is not the ARN of a role: ${JSON.stringify(roleArn)}.`);
  }
  const securityConfiguration = environment['GLUE_SECURITY_CONFIGURATION']?.trim();
  return {
    glue: {
      roleArn,
      storeAddress,
      scriptDirectory: environment['GLUE_SCRIPT_DIRECTORY']?.trim() || DEFAULTS.glueScriptDirectory,
      ...readGlueNetwork(environment),
      ...(securityConfiguration && { securityConfiguration }),
    },
  };
}

/** A subnet alone would give connections with which every run fails. */
function readGlueNetwork(environment: Environment): Pick<GlueDeployment, 'network'> {
  const subnetId = environment['GLUE_SUBNET_ID']?.trim();
  if (!subnetId) return {};
  const securityGroupIds = list(environment, 'GLUE_SECURITY_GROUP_IDS', []);
  if (securityGroupIds.length > 0) {
    return {
      network: { subnetId, availabilityZone: required(environment, 'GLUE_AVAILABILITY_ZONE'), securityGroupIds },
    };
  }
  throw new Error(
    'The environment variable GLUE_SUBNET_ID is set, and GLUE_SECURITY_GROUP_IDS names no security group.',
  );
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
