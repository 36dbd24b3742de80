/**
 * The words of this project, as types. Every other file imports them from here.
 *
 * - load: one initial load, identified by its loadId. attempt: one execution of it, named `<loadId>-<attempt>`.
 * - survey: what was measured of source and target before planning. plan: the chosen strategy, its reasons and shards.
 * - key range: rows of one table with from < key ≤ to. shard: key ranges that advance together, on their own.
 * - chunk: the part of a key range that is copied in one transaction. checkpoint: where a key range resumes.
 * - fence: what keeps an earlier invocation from writing after a later one took over or the load was closed.
 *
 * Everything here is stored as JSON: counts are numbers of rows, sizes are bytes, times are ISO 8601 UTC strings.
 */
import type { RowFilter } from './request/row-filter.ts';
import type { Condition, Engine, StrategyName } from './request/schema.ts';

/** Written `schema.table`, each part in double quotes where it isn't a plain lower-case name. See request/table-name.ts. */
export type QualifiedName = string;

/** The values of a key's columns, in the key's order, as the source's engine writes them as text. */
export type Key = string[];

export interface ColumnSurvey {
  name: string;
  /** As the engine's catalogue writes it, with modifiers: `numeric(10,2)`. */
  type: string;
  nullable: boolean;
  generated: boolean;
  hasDefault: boolean;
  identity?: 'always' | 'by default';
  /**
   * The type's structure to the leaves, so that two databases can be compared: two columns with the same fingerprint
   * have the same binary form. Built-in types are their name and modifier; enums list labels, composites their fields, …
   */
  fingerprint: string;
  /**
   * Present when the binary form is bound to one database (regclass: the number of an object there) or there is none: the
   * fingerprint without that. Two columns with the same structure understand each other's text form without a cast.
   */
  structure?: string;
}

export interface ForeignKeySurvey {
  name: string;
  columns: string[];
  references: QualifiedName;
  referencedColumns: string[];
}

export interface TableSurvey {
  name: QualifiedName;
  kind: 'table' | 'partitioned';
  columns: ColumnSurvey[];
  /** Columns of the primary key, or else of a unique, non-deferrable, complete index over NOT NULL columns. */
  key?: string[];
  /** True when the key holds text whose order depends on a collation, so that two servers may sort it differently. */
  keyIsCollated: boolean;
  uniqueKeys: string[][];
  /**
   * Present when there are any: indexes that keep rows apart in a way that INSERT … ON CONFLICT over plain columns can't go
   * by, because they are partial, over expressions, deferrable or of an exclusion constraint. By name.
   */
  otherUniqueIndexes?: string[];
  foreignKeys: ForeignKeySurvey[];
  /** True when row-level security would hide rows from this role. */
  rowsHidden: boolean;
  partitions: QualifiedName[];
  /**
   * PostgreSQL only, present when there are any: tables that inherit from this one (INHERITS). Their rows are not its own,
   * although a plain SELECT from it returns them.
   */
  inheritedBy?: QualifiedName[];
  estimatedRows: number;
  estimatedBytes: number;
  /** Source only: keys in order that cut a big table into parts of about equal size. */
  keyQuantiles: Key[];
  /** Target only: whether there is at least one row. */
  hasRows: boolean;
  /**
   * Source only: bytes of the longest value in columns whose types have no limit (PostgreSQL: text, bytea). Measured where
   * AWS DMS needs to know it, that is where there is no key or such a column may not be NULL; absent when it took too long.
   */
  largestLobBytes?: number;
}

export interface DatabaseSurvey {
  engine: Engine;
  /** As the server says it, for people. */
  version: string;
  /** Major version, for decisions. */
  majorVersion: number;
  database: string;
  readReplica: boolean;
  /** What the connection asks for; see DatabaseAddress. */
  tls?: 'none' | 'require' | 'verify';
  /** The time zone of the role's sessions when they don't set one: `UTC`, `Europe/Berlin`. */
  timeZone?: string;
  /** The position of the source's log when surveyed, see SourcePosition. */
  position?: string;
  tables: TableSurvey[];
  /** Target only: AWS DMS's own tables that stand in the schemas of these tables already. */
  dmsControlTables?: QualifiedName[];
}

/** What is measured before planning. `pairs` says which target table each source table goes to. */
export interface Survey {
  surveyedAt: string;
  source: DatabaseSurvey;
  target?: DatabaseSurvey;
  pairs: { source: QualifiedName; target: QualifiedName }[];
  /** Present when the request names live topics, or has no target but topics. */
  kafka?: KafkaSurvey;
}

export interface KafkaSurvey {
  brokers: number;
  /** Those that the request names. */
  liveTopics: LiveTopic[];
}

/** A topic that the consumer will follow. No value of a row is kept of it. */
export interface LiveTopic {
  table: QualifiedName;
  topic: string;
  partitions: number;
  /** Present where rows shall be replayed into it: who has committed offsets of it, and how many records behind that is. */
  groups?: { group: string; state: string; lag: number }[];
  /** How its newest record is written; absent where there is none, it may not be read, or it isn't known here. */
  format?: TopicFormat;
  /** What that record's key and row hold, by name; null says nothing. Present with a format. */
  keyFields?: Record<string, JsonKind>;
  rowFields?: Record<string, JsonKind>;
  /** Why records here could not be written like that one, in a few words. */
  unlike?: string;
}

export type JsonKind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

/** How records are written: the row alone, or in the envelope of Debezium's connector for PostgreSQL. */
export interface TopicFormat {
  value: 'plain' | 'debezium';
  /**
   * What stands before the payload where Kafka Connect's JsonConverter writes schemas, taken from a record as it is, so that
   * keys have the publisher's bytes: `{"schema":{…},"payload":`.
   */
  keySchema?: string;
  valueSchema?: string;
  /** Of an envelope only. */
  connector?: ConnectorSettings;
}

/** What of Debezium's settings shows in a record; its defaults where nothing tells. */
export interface ConnectorSettings {
  /** decimal.handling.mode */
  decimals: 'precise' | 'double' | 'string';
  /** time.precision.mode */
  times: 'adaptive' | 'adaptive_time_microseconds' | 'connect';
  /** binary.handling.mode */
  binary: 'bytes' | 'base64' | 'base64-url-safe' | 'hex';
  /** The fields of the envelope and of its block `source`, in order: they differ between versions. */
  envelope: string[];
  source: string[];
  /** As the block `source` has them; absent where there is no record. `name` is topic.prefix. */
  version?: string;
  name?: string;
}

export interface ColumnPlan {
  source: string;
  target: string;
  /**
   * What the source's column is cast to: the target's type when the types differ and an allowed cast takes the value over,
   * or text where the type's own output loses something (xml). Absent: it is read as it is.
   */
  castTo?: string;
}

/** One table of the load, resolved: columns matched, transformation applied. */
export interface TablePlan {
  source: QualifiedName;
  target: QualifiedName;
  columns: ColumnPlan[];
  /** `binary` when every column's type is identical, else `text`. */
  format: 'binary' | 'text';
  /** Source names of the key's columns. Without a key the table is one key range, one chunk, one transaction. */
  key?: string[];
  /** Types of the key's columns, to cast bounds to. */
  keyTypes?: string[];
  keyIsCollated: boolean;
  where: Condition[];
  /** Present when the request's transformation decides how many rows there are: how they are counted. */
  counting?: Counting;
  estimatedRows: number;
  estimatedBytes: number;
}

/**
 * How many rows a transformation leaves: counted on the source by a query that means the same (`filter` holds, each
 * combination of `distinct` once), or known from the job alone, and why. Then `readsExactly` says whether the job's count
 * of the rows that it read, before the transformation, can be compared with the source's.
 */
export type Counting =
  | { by: 'source'; filter?: RowFilter; distinct?: string[] }
  | { by: 'job'; why: string; readsExactly: boolean };

/** Rows of one table with from < key ≤ to; an absent bound is open. The key ranges of a table tile all of its keys. */
export interface KeyRange {
  id: number;
  table: QualifiedName;
  from?: Key;
  to?: Key;
  estimatedRows: number;
}

/** A part of the load that advances on its own. */
export interface Shard {
  id: string;
  ranges: number[];
}

/** Where a step of a strategy runs: in the VPC beside the data, or outside it, calling control-plane APIs. */
export type Plane = 'data' | 'control';

export interface Estimate {
  seconds: number;
  costUsd: number;
}

export interface Plan {
  strategy: StrategyName;
  reasons: string[];
  rejected: { strategy: StrategyName; reason: string }[];
  estimate: Estimate;
  planes: { provision: Plane; advance: Plane; tearDown: Plane };
  /** One snapshot of the source for the whole load, or one for each chunk (when it doesn't fit one invocation). */
  consistency: 'one-snapshot' | 'snapshot-per-chunk';
  tables: TablePlan[];
  ranges: KeyRange[];
  shards: Shard[];
  /** Shards at once. */
  concurrency: number;
  /** Workers inside each shard; concurrency × workers ≤ limits.maxSourceConnections. */
  workers: number;
  /** Present when tear-down removes what was loaded, and so must wait until the consumer has read it. */
  awaitsConsumer?: true;
  /** Present when the rows go to temporary topics: how each is made. */
  topics?: TopicPlan[];
  /** Present when the rows are replayed into live topics. */
  liveTopics?: LiveTopicPlan[];
}

/** A live topic that the rows of a table are replayed into. */
export interface LiveTopicPlan {
  table: QualifiedName;
  topic: string;
  partitions: number;
  /** Who sees the rows there, and how far behind that was when the load was planned. */
  groups: NonNullable<LiveTopic['groups']>;
  format: TopicFormat;
}

/** A temporary topic. Its name is made of the dataset, the table and the loadId: see kafka/replication-topic.ts. */
export interface TopicPlan {
  table: QualifiedName;
  partitions: number;
  replicas: number;
  retentionHours: number;
  format: TopicFormat;
}

/** A temporary topic as it was verified: what the consumer reads, and up to where. */
export interface LoadedTopic {
  table: QualifiedName;
  topic: string;
  /** By partition: its rows, and the offset of the record that ends it, the sentinel. */
  partitions: { rows: number; sentinel: number }[];
}

/** A live topic that rows were replayed into, as it was verified. */
export interface ReplayedTopic {
  table: QualifiedName;
  topic: string;
  /**
   * By partition: the next offset before the first row and after the last, the rows in between, and the live events that
   * were said again there, since a row had come after them that was read before.
   */
  partitions: { before: number; after: number; rows: number; eventsAgain: number }[];
  /** It has been compacted since: what was replayed was counted before it was committed. */
  compacted?: true;
}

/** What a strategy reports of a shard while it advances; `rows` and `bytes` are per source table, since the load began. */
export interface ShardProgress {
  tables: { table: QualifiedName; rows: number; bytes: number; done: boolean }[];
  updatedAt: string;
}

/** Written once when a shard ends, well or not. */
export interface ShardRecord {
  shard: string;
  status: 'succeeded' | 'failed';
  /** Of a shard that succeeded: what it copied of each table (parts of a table, when several shards share it). */
  counts?: TableCounts[];
  /** Its rows are of more than one snapshot of the source. */
  severalSnapshots?: boolean;
  failure?: Failure;
  finishedAt: string;
}

export interface Failure {
  error: string;
  cause: string;
  advice: string;
}

/** What was copied of one table, summed over its key ranges, as the bookkeeping in the target has it. */
export interface TableCounts {
  table: QualifiedName;
  rowsRead: number;
  rowsWritten: number;
  /** Rows that the conflict rule took out again and read anew (snapshot-per-chunk only): written − removed + reread are there. */
  rowsRemoved: number;
  rowsReread: number;
  /** Rows that a replay left out, since the live topic had told of them meanwhile. */
  rowsTold?: number;
  /** Where the request asks for it: of the keys and values that were fed, see kafka/record-checksum.ts. */
  checksum?: string;
}

export interface TableVerification {
  source: QualifiedName;
  target: QualifiedName;
  rowsRead: number;
  rowsWritten: number;
  sourceRows: number;
  targetRows: number;
  verified: boolean;
  mismatches: string[];
  /**
   * What else is to be known: that the source's count differs because it moved since it was read, with the evidence; that
   * how many rows a transformation leaves is known from the job alone, and why.
   */
  note?: string;
}

/** Positions and evidence of the source and of its live topics, before the first read and after the last. */
export interface SourcePositions {
  before?: SourcePosition;
  after?: SourcePosition;
  /** Taken before `before`: what was published until then is in the copy, once its writers have ended. */
  topicsBefore?: TopicPositions;
  /** Taken after `after`, when the publisher had passed that, if this could be known. */
  topicsAfter?: TopicPositions & { publisherPassed: boolean };
}
/** Of the live topics. */
export interface TopicPositions {
  takenAt: string;
  topics: {
    table: QualifiedName;
    topic: string;
    /** First and next offset, by partition. */
    partitions: { first: number; next: number }[];
    /** Those that say how long it holds its records, by Kafka's names; only after the last read, and where they may be read. */
    settings?: Record<string, string>;
  }[];
}
export interface SourcePosition {
  takenAt: string;
  /**
   * PostgreSQL: pg_current_wal_insert_lsn(), or pg_last_wal_replay_lsn() on a replica. MySQL, MariaDB: GTIDs, or `file:offset` of the
   * binary log. Absent where the source has none or doesn't tell.
   */
  lsn?: string;
  /** PostgreSQL only: the oldest transaction still running, as xid8 text. */
  oldestTransaction?: string;
  /**
   * Transactions that wrote to the tables when the position was taken and have not been seen to end; absent where the
   * source doesn't tell.
   */
  writersLeft?: string[];
  /**
   * A storageId changes when the table is truncated or rewritten (PostgreSQL: the relfilenodes of its leaves; MySQL, MariaDB:
   * InnoDB's table ids); absent where the source doesn't tell. `writes` are counted by PostgreSQL only.
   */
  tables: { table: string; storageId?: string; columns: string; writes?: number }[];
}

/** What is known of the source's changes to one table since the load's first position. */
export interface SourceChanges {
  /** Rows there now that were written since: inserted or updated. */
  writtenSince: number;
  /** Inserts, updates and deletes since, as the server's statistics have it; undefined where they are not kept (a replica). */
  writesSince: number | undefined;
}

export type Certainty = 'checked' | 'declared' | 'unknown';

/** From where the consumer follows the live topic. Positions are the source's, see SourcePosition. */
export interface StitchPoint {
  source: { before?: string; after?: string };
  /**
   * Present when the request names live topics: by partition, the offset that the consumer starts at, and the one past which
   * it has converged.
   */
  topics?: { table: QualifiedName; topic: string; partitions: { startAt: number; convergedAt: number }[] }[];
  conditions: { condition: string; certainty: Certainty; note: string }[];
}

/** One channel's part in telling the consumer of an end. */
export interface NotificationRecord extends Delivery {
  /** Which end was told: a load that awaits its consumer may have told of success, and of failure after all. */
  type: Notification['type'];
}

/** How sending by one channel went. */
export interface Delivery {
  channel: string;
  status: 'sent' | 'printed' | 'failed';
  detail?: string;
}

export interface TornDown {
  type: string;
  id: string;
  status: 'deleted' | 'restored' | 'kept' | 'failed';
  detail?: string;
}

/** The full result: what `status`, `report` and `run --json` print, and what ends a successful execution. */
export interface LoadResult {
  loadId: string;
  attempt: number;
  dataset: string;
  consumer: string;
  status: 'SUCCEEDED' | 'FAILED';
  plan?: Pick<Plan, 'strategy' | 'reasons' | 'rejected' | 'estimate'>;
  tables: Pick<
    TableVerification,
    'source' | 'target' | 'sourceRows' | 'targetRows' | 'verified' | 'mismatches' | 'note'
  >[];
  /** Present when the rows went to temporary topics. */
  topics?: LoadedTopic[];
  /** Present when the rows were replayed into live topics. */
  replayed?: ReplayedTopic[];
  stitchPoint?: StitchPoint;
  notifications: NotificationRecord[];
  tearDown: 'complete' | 'incomplete' | 'kept';
  tornDown: TornDown[];
  failure?: Failure;
  startedAt: string;
  finishedAt: string;
}

/** The notification: the documented subset of the result that goes out before tear-down. */
export interface Notification {
  type: 'InitialLoadSucceeded' | 'InitialLoadFailed';
  loadId: string;
  attempt: number;
  dataset: string;
  consumer: string;
  status: LoadResult['status'];
  plan?: LoadResult['plan'];
  tables: LoadResult['tables'];
  topics?: LoadedTopic[];
  replayed?: ReplayedTopic[];
  stitchPoint?: StitchPoint;
  failure?: Failure;
  /** Present when it would have been too big for a message: what was left out, and where the whole result is. */
  shortened?: { leftOut: string[]; resultAddress: string };
}
