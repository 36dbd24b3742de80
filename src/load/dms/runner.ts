import type { Load } from '../../services.ts';
import type { OwnedLoad } from './names.ts';

/**
 * What runs the full load: a replication task on an instance, or a serverless replication. Their calls differ, what they
 * answer means the same.
 */
export interface Runner {
  readonly kind: 'task' | 'replication';
  /** Makes it, or finds it made; never starts it. */
  create(load: Load, on: { source: string; target: string; instance?: string; subnets?: string }): Promise<RunnerState>;
  /** One request. Undefined when there is none. */
  look(load: OwnedLoad): Promise<RunnerState | undefined>;
  /** `not now` when DMS says that its state doesn't allow it: somebody else was faster, or it is still changing. */
  start(load: OwnedLoad, arn: string, type: StartType): Promise<'started' | 'not now'>;
  reloadTables(load: OwnedLoad, arn: string, tables: { schema: string; table: string }[]): Promise<'asked' | 'not now'>;
  /** All pages. */
  listTables(load: OwnedLoad, arn: string): Promise<TableState[]>;
  stop(load: OwnedLoad, arn: string): Promise<'asked' | 'not now' | 'gone'>;
  remove(load: OwnedLoad, arn: string): Promise<'asked' | 'not now' | 'gone'>;
}

export type StartType = 'start-replication' | 'resume-processing' | 'reload-target';

/** ReplicationTask or Replication of the SDK, as far as they are weighed; statuses are DMS's own words. */
export interface RunnerState {
  arn: string;
  status: string;
  stopReason?: string;
  /** LastFailureMessage, or FailureMessages. */
  messages: string[];
  /** Whether it was ever started. */
  started: boolean;
  percent?: number;
  tablesErrored: number;
  /** Serverless: what is paid for is gone (ProvisionData.ProvisionState, "deprovisioned"). */
  deprovisioned?: boolean;
}

/** TableStatistics of the SDK, by the source's names. */
export interface TableState {
  schema: string;
  table: string;
  rows: number;
  state: string;
  validationState?: string;
  validationDetails?: string;
}
