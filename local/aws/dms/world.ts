import type { Tag } from '@aws-sdk/client-database-migration-service';
import { randomBytes } from 'node:crypto';
import { ServiceFault } from '../service-fault.ts';
import type { AssessmentRun } from './assessments.ts';
import type { TestedConnection } from './connections.ts';
import type { DataFaults } from './data-faults.ts';
import type { EndpointRecord } from './endpoints.ts';
import type { InstanceRecord } from './instances.ts';
import type { Mover } from './mover.ts';
import type { ReplicationRecord } from './replications.ts';
import type { SubnetGroupRecord } from './subnet-groups.ts';
import type { TaskRecord } from './tasks.ts';

/** How long things take, in seconds: about as long as in AWS. */
export const DURATIONS = {
  instanceCreating: 480,
  instanceDeleting: 240,
  endpointDeleting: 20,
  connectionTesting: 30,
  taskCreating: 60,
  taskStarting: 60,
  taskStopping: 30,
  taskDeleting: 90,
  assessmentStarting: 30,
  assessmentProvisioning: 60,
  assessmentRunning: 90,
  assessmentDeleting: 30,
  replicationCreating: 30,
  replicationStopping: 60,
  replicationDeleting: 120,
  /** Until then a stopped serverless replication is paid for, unless its config is deleted. */
  replicationDeprovisioning: 24 * 3_600,
};

/** What every resource has: its status follows from its times and the clock, nothing else changes it. */
export interface Kept {
  arn: string;
  identifier: string;
  tags: Tag[];
  createdAt: Date;
  deletingAt?: Date;
  /** From then on it isn't there any more. */
  goneAt?: Date;
}

/** The resources of one kind, as of now. */
export class Shelf<T extends Kept> {
  readonly #title: string;
  readonly #now: () => Date;
  #items: T[] = [];

  /** @param title as DMS calls one in its faults: `Replication instance` */
  constructor(title: string, now: () => Date) {
    this.#title = title;
    this.#now = now;
  }

  list(): T[] {
    const at = this.#now();
    this.#items = this.#items.filter(({ goneAt }) => goneAt === undefined || goneAt > at);
    return [...this.#items];
  }

  find(arn: string | undefined): T | undefined {
    return this.list().find((item) => item.arn === arn);
  }

  /** @throws ServiceFault ResourceNotFoundFault */
  need(arn: string | undefined): T {
    const item = this.find(arn);
    if (item !== undefined) return item;
    throw new ServiceFault('ResourceNotFoundFault', `${this.#title} not found: ${arn}`);
  }

  /** @throws ServiceFault ResourceAlreadyExistsFault */
  put(item: T): T {
    const other = this.list().find(({ arn, identifier }) => arn === item.arn || identifier === item.identifier);
    if (other !== undefined) {
      throw new ServiceFault('ResourceAlreadyExistsFault', `${this.#title} already exists: ${item.identifier}`);
    }
    this.#items.push(item);
    return item;
  }

  remove(item: T): void {
    this.#items = this.#items.filter((other) => other !== item);
  }
}

/** Everything that there is in the stand-in's one account and region. */
export interface World {
  now(): Date;
  region: string;
  mover: Mover;
  dataFaults: DataFaults;
  /** The most that a page of an answer holds, if less than what is asked for. */
  pageSize: number;
  subnetGroups: Shelf<SubnetGroupRecord>;
  instances: Shelf<InstanceRecord>;
  endpoints: Shelf<EndpointRecord>;
  connections: TestedConnection[];
  tasks: Shelf<TaskRecord>;
  replications: Shelf<ReplicationRecord>;
  assessmentRuns: Shelf<AssessmentRun>;
}

export function createWorld(given: Pick<World, 'now' | 'region' | 'mover' | 'dataFaults' | 'pageSize'>): World {
  const { now } = given;
  return {
    ...given,
    subnetGroups: new Shelf('Replication Subnet Group', now),
    instances: new Shelf('Replication Instance', now),
    endpoints: new Shelf('Endpoint', now),
    connections: [],
    tasks: new Shelf('Replication Task', now),
    replications: new Shelf('Replication Config', now),
    assessmentRuns: new Shelf('Replication Task Assessment Run', now),
  };
}

/** Every kind of resource. Tasks come before their endpoints: a request that names a task is about it. */
export function shelvesOf(world: World): Shelf<Kept>[] {
  const { tasks, replications, instances, endpoints, subnetGroups, assessmentRuns } = world;
  return [tasks, replications, instances, endpoints, subnetGroups, assessmentRuns];
}

export function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1_000);
}

/** @param type rep, es, task, … as DMS's ARNs have it; @param end chosen at random where the request chose none */
export function arnOf({ region }: World, type: string, end = randomBytes(13).toString('hex').toUpperCase()): string {
  return `arn:aws:dms:${region}:000000000000:${type}:${end}`;
}

/** @throws ServiceFault InvalidResourceStateFault: the state of what the request names doesn't allow it now */
export function invalidState(message: string): never {
  throw new ServiceFault('InvalidResourceStateFault', message);
}

/** @throws ServiceFault InvalidParameterValueException */
export function invalidValue(message: string): never {
  throw new ServiceFault('InvalidParameterValueException', message);
}

/** @throws ServiceFault InvalidParameterCombinationException */
export function invalidCombination(message: string): never {
  throw new ServiceFault('InvalidParameterCombinationException', message);
}
