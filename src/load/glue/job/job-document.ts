import type { QualifiedName } from '../../../model.ts';

/**
 * Everything that the Spark job (glue/initial_load.py) is told, as one JSON document in the load store, a new one for each
 * start of the job. The job has no opinions: all SQL for databases is made here, where each engine quotes its own names,
 * and expressions of Spark are the request's. It holds no credential: connections name a secret, which the job reads.
 *
 * How a table goes to a database, so that a task that Spark runs twice writes no row twice:
 * tasks write into a staging table, each in one transaction, with the number of their partition in `il_part`. Of a
 * partition that is there twice (a task was repeated after it had committed) one transaction's rows count, which `xmin`
 * tells apart. `publish` takes them over into the target, with the bookkeeping, in one transaction under the fence.
 */
export interface JobDocument {
  version: 1;
  loadId: string;
  attempt: number;
  /** Of this start. What the job reports carries it. */
  start: string;
  /** `s3://…` of the JSON that the job writes again and again: a JobReport. */
  report: string;
  source: JobConnection & { snapshot?: JobSnapshot };
  /** Absent: rows go to files, see JobTable.files and JobTable.rows. */
  target?: JobConnection & JobFence;
  /** `s3://…` of the request's own PySpark module, with a function transform(table, rows, spark). */
  script?: string;
  tables: JobTable[];
}

/** `url` is `jdbc:postgresql://host:port/database`, made by the job of these and the secret. */
export interface JobConnection {
  /** What a Secrets Manager secret is called, or its ARN: JSON with username, password, and what is not named here. */
  secret: string;
  host?: string;
  port?: number;
  dbname?: string;
  defaultPort: number;
  /** `jdbc:postgresql` */
  scheme: string;
  /** The driver's class. */
  driver: string;
  /** The driver's properties, without user and password. */
  properties: Record<string, string>;
}

/**
 * One view of the source for every connection: a transaction of the driver's session exports it and stays open until the
 * end, and each reading session begins with `join`, in which `{snapshot}` is replaced by what `export` answered.
 */
interface JobSnapshot {
  /** Statements that open the exporting transaction; auto-commit is off. */
  begin: string[];
  /** A query with one row and one column. */
  export: string;
  join: string;
}

/** How the job becomes and stays the only writer. */
export interface JobFence {
  /** First of all, in a transaction of their own: end what is left of an earlier run of the job. */
  endEarlier: string[];
  /** Updates one row; none: the load was closed. Parameters: none. */
  take: string;
  /**
   * First in each transaction that makes a staging table or publishes one. A row with `true`, or the load was closed or
   * another start has taken over.
   */
  hold: string;
}

/** A name as Spark sees it beside the same name as the target's engine quotes it. */
interface JobColumn {
  /** The target's column, unquoted. */
  name: string;
  /** The same as SQL. */
  target: string;
  /** Its column in the staging table, safe in any dialect: `c1`. */
  stage: string;
}

export interface JobTable {
  /** The source's table, as request and result name it. */
  table: QualifiedName;
  read: JobRead;
  transform: JobTransform;
  /** For a target that is a database. */
  database?: JobStaging;
  /** For files: `s3://…/`, which the job may overwrite. */
  files?: string;
  /** For topics, which the job doesn't reach: what it leaves here is fed to them afterwards. */
  rows?: JobRows;
}

/**
 * Files of text, each row a line `<key>\t<value>`: JSON objects, in which there is no raw tab or line break. Without a key a
 * line begins with the tab.
 */
export interface JobRows {
  /** `s3://…/`, which the job may overwrite. A file counts when the task that wrote it has been committed. */
  folder: string;
  /** Columns of the source, under whose own names the key has them, whatever the transformation makes of them. */
  key?: string[];
}

export interface JobRead {
  /** A query in brackets with an alias: Spark's option `dbtable`. Its columns are those named below and in `partitions`. */
  query: string;
  /** A condition for each connection that reads; together they hold for every row exactly once. One for a small table. */
  partitions: string[];
  /** The source's columns, in order, under the names that expressions use. */
  columns: {
    name: string;
    /** The column of the query with the value in its text form, which loses nothing. */
    text: string;
    /** Spark SQL that makes the value, in a type that takes it over exactly, of a column of the query; absent: use `text`. */
    typed?: string;
  }[];
}

/**
 * In this order: filter, deduplicate; then derive, cast and mask, whose expressions see the source's columns under their
 * own names as filter does; then `output` picks and renames. Then the script, if there is one, is given the rows.
 */
export interface JobTransform {
  /** Spark SQL. */
  filter?: string;
  deduplicate?: { key: string[]; keep?: string };
  /** In the target's order. With a script it says what the script is given; what it answers is matched by name. */
  output: JobOutput[];
}

/** What one output column is made of. `name` is the target's. */
export type JobOutput = { name: string } & (
  | { copy: string }
  | { cast: string; to: string }
  | { mask: string }
  | { derive: string }
);

export interface JobStaging {
  /** As SQL; the same with every dialect's quotes that Spark adds, since it needs none. */
  stage: string;
  createStage: string;
  dropStage: string;
  /** Those that can be written. Without a script they are `transform.output`, in its order. */
  columns: JobColumn[];
  /** `insert into "public"."employees"`: then `(columns)`, ` select columns `, and `publishFrom`. */
  publishInto: string;
  /** What stands between the target's columns and `select`: `overriding system value`, or nothing. */
  publishOverriding: string;
  /** `from … where …`: the rows of one transaction for each partition. */
  publishFrom: string;
  /**
   * A row with `true`, rows read and rows written, when this table was published already; locks it until the
   * transaction ends.
   */
  isPublished: string;
  /** Two parameters: rows read, rows written. In the publishing transaction. */
  record: string;
}

/** What the job writes to `report`, at least every 15 s while it runs, and at its end. */
export interface JobReport {
  start: string;
  state: 'running' | 'succeeded' | 'failed';
  /** ISO 8601, UTC. */
  updatedAt: string;
  tables: JobTableReport[];
  /** What ended the job, when no table's failure says it. */
  failure?: string;
}
export interface JobTableReport {
  table: QualifiedName;
  state: 'waiting' | 'loading' | 'done' | 'failed';
  /** Rows of the source before any transformation, and rows written. */
  rowsRead: number;
  rowsWritten: number;
  failure?: string;
}
