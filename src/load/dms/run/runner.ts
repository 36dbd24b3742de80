import type { Load } from '../../../services.ts';
import type { Ending } from '../resources/end.ts';
import type { OwnedLoad } from '../../owned-load.ts';

/**
 * What runs the full load: a replication task on an instance, or a serverless replication. Their calls differ, what they
 * answer means the same.
 */
export interface Runner {
  readonly kind: 'task' | 'replication';
  /** Makes it, or finds it made by an earlier call; never starts it. @throws LoadFailedError when that carries other tags */
  create(load: Load, on: { source: string; target: string; instance?: string; subnets?: string }): Promise<RunnerState>;
  /** One request. Undefined when there is none. */
  look(load: OwnedLoad): Promise<RunnerState | undefined>;
  /** Refused when DMS says that its state doesn't allow it: somebody else was faster, or it is still changing. */
  start(load: OwnedLoad, arn: string, type: StartType): Promise<Asked>;
  /** Of tables whose load failed, while the others go on. Their rows must be gone before. */
  reloadTables(load: OwnedLoad, arn: string, tables: { schema: string; table: string }[]): Promise<Asked>;
  /** Every table that DMS lists at the moment: one request for each 500. */
  listTables(load: OwnedLoad, arn: string): Promise<TableState[]>;
  stop(load: OwnedLoad, arn: string): Promise<Ending>;
  remove(load: OwnedLoad, arn: string): Promise<Ending>;
}

export type StartType = 'start-replication' | 'resume-processing' | 'reload-target';

/** `said` is why DMS refused, in its words. */
export type Asked = { accepted: true } | { accepted: false; said: string };

/** ReplicationTask or Replication of the SDK, as far as they are weighed; statuses are DMS's own words. */
export interface RunnerState {
  arn: string;
  status: string;
  stopReason?: string;
  /** LastFailureMessage, or FailureMessages. */
  messages: string[];
  /** Whether it was ever started. */
  started: boolean;
  /** Tells one run from the next: made of the dates at which it was started. Empty before the first. */
  run: string;
  percent?: number;
  /** Absent when DMS doesn't say, which is not 0. */
  tablesErrored?: number;
  /** Serverless: what is paid for is gone (ProvisionData.ProvisionState, "deprovisioned"). */
  deprovisioned?: boolean;
}

/** TableStatistics of the SDK, by the source's names. */
export interface TableState {
  schema: string;
  table: string;
  rows: number;
  /** DMS's own word; empty when it gives none. */
  state: string;
  /** Tells one load of this table from the next, as RunnerState.run does. */
  run: string;
  validationState?: string;
  validationDetails?: string;
  /** Records that its validation still has to compare. */
  validationPending?: number;
}
