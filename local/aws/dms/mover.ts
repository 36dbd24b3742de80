import type { RunScript } from './data-faults.ts';
import type { EndpointRecord } from './endpoints.ts';

/** What moves rows for the stand-in, in place of a replication instance: between real databases, or not at all. */
export interface Mover {
  /** What keeps the endpoint's database from being reached; undefined when it can be. Never throws. */
  test(endpoint: EndpointRecord): Promise<string | undefined>;
  /** At once, and goes on by itself. */
  begin(job: MoveJob): Moving;
}

export interface MoveJob {
  source: EndpointRecord;
  target: EndpointRecord;
  /** JSON, as the request had them. */
  tableMappings: string;
  settings: string;
  /** Tables that an earlier run completed and this one leaves alone; empty unless it resumes. */
  completed: TableProgress[];
  script: RunScript;
  now(): Date;
}

/** One run of a full load. */
export interface Moving {
  /** As of now; none before the source's catalogue has been read. */
  tables(): TableProgress[];
  /** Undefined while it runs. */
  end(): MoveEnd | undefined;
  /** Loads these once more, and clears them first only if the settings say so. */
  reload(tables: { schema: string; table: string }[]): void;
  /** When everything is moved, or can't be. */
  readonly ended: Promise<void>;
  /** Resolves when nothing is under way and no connection open. */
  stop(): Promise<void>;
}

/** In the words of DMS: Status, StopReason, LastFailureMessage. */
export interface MoveEnd {
  at: Date;
  status: 'stopped' | 'failed';
  stopReason: string;
  message?: string;
}

export interface TableProgress {
  schema: string;
  table: string;
  rows: number;
  /** From 0 to 1, where it is known. */
  share?: number;
  state:
    | 'Before load'
    | 'Full load'
    | 'Table completed'
    | 'Table cancelled'
    | 'Table error'
    | 'Table is being reloaded'
    | 'Table does not exist';
  reloaded?: boolean;
  startedAt?: Date;
  endedAt?: Date;
  updatedAt?: Date;
  validationState: string;
  validationDetails?: string;
}

/** The end of a full load as it should be. */
export const FINISHED = { status: 'stopped', stopReason: 'Stop Reason FULL_LOAD_ONLY_FINISHED' } as const;
export const STOPPED = { status: 'stopped', stopReason: 'Stop Reason NORMAL' } as const;

export function fatal(message: string): Omit<MoveEnd, 'at'> {
  const stopReason = 'Stop Reason FATAL_ERROR';
  return { status: 'failed', stopReason, message: `Last Error ${message} ${stopReason} Error Level FATAL` };
}
