import type { AssessmentOutcome } from './assessments.ts';
import type { EndpointRecord } from './endpoints.ts';
import type { MoveEnd } from './mover.ts';

/** What happens to a run after some rows. */
export type Happening =
  | { kind: 'table error'; message: string }
  | { kind: 'stall' }
  | { kind: 'end'; end: Omit<MoveEnd, 'at'> };

/** The faults of one run, as whoever moves the rows asks for them. */
export interface RunScript {
  /** What comes next in a table, and after how many rows more: 0 is now, Infinity when all its rows are there. */
  upcoming(table: TableName, rows: { ofTable: number; ofRun: number }): Upcoming | undefined;
  /** What comes when all tables are there. */
  atEnd(): Happening | undefined;
  /** What validation finds, whatever it found. */
  validation(table: TableName): { state: string; details?: string } | undefined;
}
export interface Upcoming {
  afterRows: number;
  /** Takes it off the script. */
  take(): Happening;
}
interface TableName {
  schema: string;
  table: string;
}

interface TableFault {
  /** `schema.table` of the source. */
  table: string;
  afterRows: number;
  left: number;
  message: string;
}
interface RunFault {
  afterRows: number;
  happening: Happening;
}

/**
 * Faults of data, runs and resources that tests write down beforehand. Faults of runs are used up one by one by the runs
 * that start; `afterRows` is 0 for before the first row, and Infinity for after the last.
 */
export class DataFaults {
  #tables: TableFault[] = [];
  #runs: (RunFault | 'at once')[] = [];
  #validations: { table: string; state: string; details?: string }[] = [];
  #connections: { type?: 'source' | 'target'; message: string; left: number }[] = [];
  #instances: string[] = [];
  #assessments: AssessmentOutcome[] = [];

  /** @param times how many loads of the table end so: 1, unless told */
  tableFails({
    table,
    afterRows = 0,
    times = 1,
    message = 'scripted',
  }: Partial<TableFault> & { table: string; times?: number }): void {
    this.#tables.push({ table, afterRows, left: times, message });
  }

  /** @param stopReason as DMS writes it: `Stop Reason STOPPED_DUE_TO_LOW_MEMORY` */
  runEnds({
    afterRows = 0,
    status = 'stopped',
    ...end
  }: {
    afterRows?: number;
    stopReason: string;
    status?: MoveEnd['status'];
    message?: string;
  }): void {
    this.#runs.push({ afterRows, happening: { kind: 'end', end: { status, ...end } } });
  }

  runStalls({ afterRows = 0 } = {}): void {
    this.#runs.push({ afterRows, happening: { kind: 'stall' } });
  }

  /** It has ended before anybody can ask for its status. */
  runFinishesAtOnce(): void {
    this.#runs.push('at once');
  }

  validationEnds(found: { table: string; state: string; details?: string }): void {
    this.#validations.push(found);
  }

  /** @param type of one kind of endpoint only */
  connectionFails({
    type,
    message = 'scripted',
    times = 1,
  }: { type?: 'source' | 'target'; message?: string; times?: number } = {}): void {
    this.#connections.push({ ...(type && { type }), message, left: times });
  }

  /** The next instance that is created ends in this status instead of `available`. */
  instanceEndsIn(status: string): void {
    this.#instances.push(status);
  }

  assessmentEnds(outcome: AssessmentOutcome): void {
    this.#assessments.push(outcome);
  }

  takeAssessment(): AssessmentOutcome | undefined {
    return this.#assessments.shift();
  }

  takeInstanceStatus(): string | undefined {
    return this.#instances.shift();
  }

  takeConnectionFailure(endpoint: EndpointRecord): string | undefined {
    const fault = this.#connections.find(({ type = endpoint.type, left }) => type === endpoint.type && left > 0);
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.message;
  }

  /** For the run that starts now. */
  takeRun(): { script: RunScript; isAtOnce: boolean } {
    const taken = this.#runs.shift();
    return { script: this.#scriptOf(taken === 'at once' ? undefined : taken), isAtOnce: taken === 'at once' };
  }

  #scriptOf(given: RunFault | undefined): RunScript {
    let ofRun = given;
    const takeOfRun = (fault: RunFault): Happening => {
      ofRun = undefined;
      return fault.happening;
    };
    const named = ({ schema, table }: TableName) => `${schema}.${table}`;
    return {
      upcoming: (name, rows) => {
        const ofTable = this.#tables.find(({ table, left }) => table === named(name) && left > 0);
        const upcoming: Upcoming[] = [];
        if (ofTable !== undefined) {
          const take = (): Happening => {
            ofTable.left -= 1;
            return { kind: 'table error', message: ofTable.message };
          };
          upcoming.push({ afterRows: ofTable.afterRows - rows.ofTable, take });
        }
        if (ofRun !== undefined && ofRun.afterRows !== Infinity) {
          const fault = ofRun;
          upcoming.push({ afterRows: fault.afterRows - rows.ofRun, take: () => takeOfRun(fault) });
        }
        return upcoming.toSorted((one, other) => one.afterRows - other.afterRows)[0];
      },
      atEnd: () => (ofRun?.afterRows === Infinity ? takeOfRun(ofRun) : undefined),
      validation: (name) => this.#validations.find(({ table }) => table === named(name)),
    };
  }
}
