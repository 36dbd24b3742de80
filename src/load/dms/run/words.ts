/**
 * The words that DMS uses of a full load, and what each means to us. They are those that the SDK documents for
 * ReplicationTask.Status, ReplicationTask.StopReason, Replication.StopReason, TableStatistics.TableState and
 * TableStatistics.ValidationState; for Replication.Status it documents none, so those are the ones that
 * the provider of Terraform waits for and the user guide names (CHAP_Serverless.Components). A test compares. A word that
 * is not here fails the load: what is unknown is no success.
 */

/**
 * startable: made, and not started. changing: it will be something else without us. loading: rows move. ended: the stop
 * reason and the tables say how. broken: nothing comes of it any more.
 */
export type Phase = 'startable' | 'changing' | 'loading' | 'ended' | 'broken';

export const PHASES: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['creating', 'changing'],
  ['ready', 'startable'],
  ['starting', 'changing'],
  ['running', 'loading'],
  ['stopping', 'changing'],
  ['stopped', 'ended'],
  ['failed', 'ended'],
  ['deleting', 'broken'],
  ['modifying', 'changing'],
  ['testing', 'changing'],
  ['moving', 'changing'],
  ['failed-move', 'broken'],
  // Serverless only; together they may take an hour.
  ['created', 'startable'],
  ['initializing', 'changing'],
  ['preparing_metadata_resources', 'changing'],
  ['testing_connection', 'changing'],
  ['fetching_metadata', 'changing'],
  ['calculating_capacity', 'changing'],
  ['provisioning_capacity', 'changing'],
  ['replication_starting', 'changing'],
]);

/**
 * finished: all tables have been gone through, well or not. interrupted: what is missing can be loaded by another start.
 * passing: DMS may start again by itself, else as interrupted. fatal: another start helps only where a table's load
 * failed. wrong: no full load that went well ends so, and another start would end the same way.
 */
export interface StopReason {
  means: 'finished' | 'interrupted' | 'passing' | 'fatal' | 'wrong';
  advice: string;
}

const RUN_AGAIN = 'Mend what DMS names, and run the load again.';
const NOT_ASKED_FOR = 'This load asks for no such stop: find out who changed or stopped it, and run the load again.';

export const STOP_REASONS: ReadonlyMap<string, StopReason> = new Map<string, StopReason>([
  ['NORMAL', { means: 'wrong', advice: 'Somebody stopped it before it had ended. Run the load again.' }],
  ['RECOVERABLE_ERROR', { means: 'interrupted', advice: RUN_AGAIN }],
  ['FATAL_ERROR', { means: 'fatal', advice: RUN_AGAIN }],
  ['FULL_LOAD_ONLY_FINISHED', { means: 'finished', advice: RUN_AGAIN }],
  ['STOPPED_AFTER_FULL_LOAD', { means: 'wrong', advice: NOT_ASKED_FOR }],
  ['STOPPED_AFTER_CACHED_EVENTS', { means: 'wrong', advice: NOT_ASKED_FOR }],
  [
    'EXPRESS_LICENSE_LIMITS_REACHED',
    { means: 'wrong', advice: "The account's DMS licence is used up: raise it, or load in another way." },
  ],
  ['STOPPED_AFTER_DDL_APPLY', { means: 'wrong', advice: NOT_ASKED_FOR }],
  [
    'STOPPED_DUE_TO_LOW_MEMORY',
    { means: 'wrong', advice: 'Choose a bigger class in dms.replicationInstanceClass, and run the load again.' },
  ],
  [
    'STOPPED_DUE_TO_LOW_DISK',
    { means: 'wrong', advice: 'Give an instance with more storage in dms.replicationInstanceArn, and run it again.' },
  ],
  ['STOPPED_AT_SERVER_TIME', { means: 'wrong', advice: NOT_ASKED_FOR }],
  ['STOPPED_AT_COMMIT_TIME', { means: 'wrong', advice: NOT_ASKED_FOR }],
  ['RECONFIGURATION_RESTART', { means: 'passing', advice: RUN_AGAIN }],
  ['RECYCLE_TASK', { means: 'passing', advice: RUN_AGAIN }],
]);

/** In the field StopReason it is "Stop Reason NORMAL"; with an error a level may follow: "… Error Level RECOVERABLE". */
const STOP_REASON = /^(?:Stop Reason )?([A-Z_]+)(?: Error Level [A-Z_]+)?\.?$/;

/** @returns undefined when DMS gives none; the whole text when it isn't written as DMS documents it */
export function readStopReason(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : (STOP_REASON.exec(text.trim())?.[1] ?? text.trim());
}

/** waiting: not done yet. cancelled: its load was cut short, by no fault of its own. missing: the source has no such table. */
export type TableMeaning = 'waiting' | 'completed' | 'cancelled' | 'failed' | 'missing';

export const TABLE_STATES: ReadonlyMap<string, TableMeaning> = new Map<string, TableMeaning>([
  ['Table does not exist', 'missing'],
  ['Before load', 'waiting'],
  ['Full load', 'waiting'],
  ['Table completed', 'completed'],
  ['Table cancelled', 'cancelled'],
  ['Table error', 'failed'],
  ['Table is being reloaded', 'waiting'],
]);

/** off: DMS does not validate this table, which is wrong where it was asked to. impossible: it can't, without a key. */
export type ValidationMeaning = 'validated' | 'impossible' | 'waiting' | 'failed' | 'off';

export const VALIDATION_STATES: ReadonlyMap<string, ValidationMeaning> = new Map<string, ValidationMeaning>([
  ['Not enabled', 'off'],
  ['Pending records', 'waiting'],
  ['Mismatched records', 'failed'],
  ['Suspended records', 'failed'],
  ['No primary key', 'impossible'],
  ['Table error', 'failed'],
  ['Validated', 'validated'],
  ['Error', 'failed'],
  ['Pending validation', 'waiting'],
  ['Preparing table', 'waiting'],
  ['Pending revalidation', 'waiting'],
]);
