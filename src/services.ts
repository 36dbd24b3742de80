import type { DatabaseAddress } from './databases/address.ts';
import type { KafkaAddress } from './kafka/kafka-address.ts';
import type { Channels } from './notify/channel.ts';
import type { Bounds } from './request/bounds.ts';
import type { Plan, Survey } from './model.ts';
import type { ConnectionReference, Engine, LoadRequest } from './request/schema.ts';
import type { LoadDocuments } from './store/documents.ts';
import type { LoadStore } from './store/load-store.ts';

/** What stands around the functions, decided by whoever deployed them. */
export interface Deployment {
  /** In the tag of everything that is made, so that two deployments in one account never touch each other's. */
  name: string;
  /** Absent where nobody has set up what AWS DMS needs. */
  dms?: DmsDeployment;
  /** Absent where nobody has set up what AWS Glue needs. */
  glue?: GlueDeployment;
}
export interface DmsDeployment {
  /** The role with which DMS reads the secrets of endpoints. */
  accessRoleArn: string;
  /** Subnets for a subnet group of a load's own; empty: the account's default VPC. */
  subnetIds: string[];
  securityGroupIds: string[];
  /** Where a premigration assessment writes its results; absent: none can be asked for. */
  assessmentBucket?: string;
}

export interface GlueDeployment {
  /** The role that jobs run with; its account is the one that jobs are made in. */
  roleArn: string;
  /** `s3://bucket/prefix`, the load store: jobs find their script and documents there, and report there. */
  storeAddress: string;
  /** Where provisioning finds the job's own script, glue/initial_load.py, and what it imports. */
  scriptDirectory: string;
  /** Absent: jobs run outside any VPC. The zone is the subnet's: a run fails whose connection doesn't name it. */
  network?: { subnetId: string; availabilityZone: string; securityGroupIds: string[] };
  /** The name of a Glue security configuration. It can't be tagged, so it is the deployment's, not a load's. */
  securityConfiguration?: string;
}

/** What a step needs of the world. Made once: from the environment on Lambda, by the local runner on one machine. */
export interface Services {
  store: LoadStore;
  now(): Date;
  /** What a request may name here. Checked when a load is accepted. */
  bounds: Bounds;
  deployment: Deployment;
  /**
   * Follows a reference of the request to an address with credentials. `engine` is the request's: the secrets that RDS
   * manages name none, and another engine behind the reference is refused. @throws RequestError naming `field`
   */
  resolveConnection(reference: ConnectionReference, field: string, engine?: Engine): Promise<DatabaseAddress>;
  /** The brokers behind `topics.brokers`. @throws RequestError naming `field`, TransientError */
  resolveBrokers(reference: string, field: string): Promise<KafkaAddress>;
  /** The value behind a secret reference ("env:NAME", "ssm:/path" or a Secrets Manager name). @throws RequestError */
  resolveSecret(reference: string, field: string): Promise<string>;
  channels: Channels;
  /** How long one invocation may work, in seconds: a Lambda's time, or on one machine as long as the load may take. */
  invocationSeconds: number;
  /** Hours that rows and checkpoints of a failed load with onFailure "keep" stay before the sweep discards them. */
  keepHours: number;
}

/** One load while a step works on it. */
export interface Load {
  loadId: string;
  attempt: number;
  request: LoadRequest;
  survey: Survey;
  plan: Plan;
  startedAt: Date;
  deadlineAt: Date;
  documents: LoadDocuments;
  services: Services;
}
