import type {
  ColumnSurvey,
  DatabaseSurvey,
  Key,
  QualifiedName,
  SourceChanges,
  SourcePosition,
  TableSurvey,
} from '../model.ts';
import type { RowFilter } from '../request/row-filter.ts';
import type { Condition } from '../request/schema.ts';
import type { DatabaseAddress } from './address.ts';
import type { ComparedKind } from './compared-values.ts';

/** Something of a database that a table's name may turn out to mean. */
export interface Relation {
  /** Its number in PostgreSQL's catalogue; 0 with engines that number nothing. */
  oid: number;
  name: QualifiedName;
  kind: 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table' | 'other';
  /** The partitioned tables above it, from its parent up. Empty: it is no partition. */
  partitionOf: QualifiedName[];
}

/** A table as parts of it are read: `only` keeps an inheritance parent from repeating its children's rows. */
export interface ReadTable {
  name: QualifiedName;
  only: boolean;
  key?: { columns: string[]; types: string[] };
  /** Those that are loaded, where it matters. */
  columns?: string[];
  where: Condition[];
}

/** The rows that a transformation leaves of a table, for counting. */
export interface Transformed {
  /** Only rows for which it holds. */
  filter?: RowFilter;
  /** Of rows with the same values in these columns, one. */
  distinct?: string[];
  /** Of the columns that these two name, as the survey has them. */
  types: Record<string, string>;
}
export interface CountedTable extends ReadTable {
  transformed?: Transformed;
}

/** Rows with from < key ≤ to. */
export interface Bounds {
  from?: Key;
  to?: Key;
}

export type ServerFacts = Omit<DatabaseSurvey, 'tables'> & {
  /** The same for two connections exactly when they lead to the same database of the same server. */
  identity: string;
};

/** What stands in the way, for a RequestError. */
export interface Obstacle {
  wrong: string;
  advice: string;
}

/**
 * How a column's values reach a column of PostgreSQL: as they are, in their text form, cast by the source; or not without
 * loss. `refused` goes on after that sentence with the reason, where one is known: ` (a time zone would be guessed)`.
 * `makeIt` is a type of PostgreSQL that would take them over, where there is one.
 */
export type TypeMatch =
  | 'same binary form'
  | 'same text form'
  | { castTo: string }
  | { refused: string; makeIt: string | undefined };

/** An engine that rows can come from: all that survey, plan and verification need to know of it. */
export interface SourceEngine {
  /**
   * @param options.applicationName what the server shows of the session
   * @param options.field the request's path that the address came from, named when connecting fails
   * @throws RequestError when it can't be right (login, database, host, TLS), TransientError when it may pass
   */
  connect(address: DatabaseAddress, options: { applicationName: string; field: string }): Promise<Source>;
  /** In the middle of a load: out of reach may pass. @throws TransientError, LoadFailedError */
  reconnect(address: DatabaseAddress, options: { applicationName: string; field: string }): Promise<Source>;
  matchTypes(from: ColumnSurvey, to: ColumnSurvey): TypeMatch;
  /** Why a value can't be compared with a column, as far as that can be told without asking the database. */
  findIncomparable(table: QualifiedName, column: ColumnSurvey, value: unknown): Obstacle | undefined;
  /** What of a column's values compares alike here and in Spark; undefined: nothing that is certain. */
  comparedKindOf(column: ColumnSurvey): ComparedKind | undefined;
}

/** A session with a source. Errors are the driver's own, TransientError, or as said. */
export interface Source {
  /** Outside a transaction. @throws RequestError for a server that can't be read */
  surveyServer(): Promise<ServerFacts>;
  /** Opens a read-only transaction that doesn't wait long for a lock. */
  beginSurvey(): Promise<void>;
  /** Those of the named relations that exist, by name. */
  findRelations(names: QualifiedName[]): Promise<Map<QualifiedName, Relation>>;
  /** Every table that a wildcard means. */
  findTablesOf(schema: string): Promise<Relation[]>;
  /** Names that a person may have meant: the tables of the schema, or where there is none, of all schemas. */
  listTableNames(schema: string): Promise<QualifiedName[]>;
  /** The first of these tables that can't be read, or not the columns asked for (all of them without `columns`). */
  findUnreadable(
    tables: { relation: Relation; columns?: string[] }[],
  ): Promise<(Obstacle & { table: QualifiedName }) | undefined>;
  surveyTables(relations: Relation[]): Promise<TableSurvey[]>;
  /** What of a table would be left out or changed without a word. `loaded`: its columns, all of them when absent. */
  findUncarriable(table: QualifiedName, loaded: string[] | undefined): Promise<Obstacle | undefined>;
  /** What the server says against a condition: each type has its own idea of values. */
  findMisunderstanding(
    table: TableSurvey,
    condition: Condition,
  ): Promise<{ message: string; cause: unknown } | undefined>;
  /** Sets largestLobBytes where it matters (see TableSurvey), unless that takes too long. */
  measureLargestLobs(tables: TableSurvey[]): Promise<void>;
  readPosition(tables: QualifiedName[], takenAt: Date): Promise<SourcePosition>;
  /** Transactions that write to these tables now; undefined where this session may not know. */
  findWriters(tables: QualifiedName[]): Promise<string[] | undefined>;
  /** Whether who publishes through a replication slot has passed a position; undefined where nobody can tell. */
  hasPublished(slot: string, position: string): Promise<boolean | undefined>;
  /** Exact count of the rows within the bounds. @throws LoadFailedError for rows that can't have gone over whole */
  countRows(table: CountedTable, bounds: Bounds): Promise<number>;
  /**
   * The rows now, with the evidence of what changed since a position; undefined where the engine keeps none, and where rows
   * are told apart: nothing says which one of several is gone.
   */
  countChanges(
    table: CountedTable,
    since: SourcePosition,
    readReplica: boolean,
  ): Promise<{ sourceRows: number; changes: SourceChanges } | undefined>;
  end(): Promise<void>;
}
