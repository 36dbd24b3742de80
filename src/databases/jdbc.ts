import type { ColumnPlan, ColumnSurvey } from '../model.ts';
import type { Bounds, ReadTable } from './source-engine.ts';

/** How Spark reads from an engine, over JDBC. Everything that it is told is text, so values stand in it as literals. */
export interface JdbcSource {
  /** `jdbc:postgresql` */
  scheme: string;
  /** The class of the driver, which AWS Glue has by itself. */
  driver: string;
  /** The driver's properties for reading, without user and password. */
  properties(session: JdbcSession): Record<string, string>;
  /** One view of the source for several connections; absent where the engine has none. */
  snapshot?: { begin: string[]; export: string; join: string };
  /**
   * A query in brackets with an alias, within the table's conditions; its columns are those of `columns`, and the key as
   * k1, k2, …
   * @param all the table's columns, also those that are only compared
   */
  readQuery(table: ReadTable, columns: JdbcColumn[], all: ColumnSurvey[]): string;
  /** Rows with from < key ≤ to, for the query's own columns. `1=1` without bounds. */
  partition(table: ReadTable, bounds: Bounds): string;
  /**
   * The Spark SQL that makes of the query's column `name` the column's value in a type of Spark that takes over every value
   * exactly, or says so in an error; undefined where only the text form does.
   */
  typedAs(column: ColumnSurvey, name: string): string | undefined;
}

/** A value that Spark has an exact type for: what the server makes of the column, and Spark SQL of that. */
export interface TypedForm {
  sql: string;
  spark(name: string): string;
}

/** Digits of Spark's decimals. */
export const MOST_DECIMAL_DIGITS = 38;

export interface JdbcSession {
  tls: 'none' | 'require';
  applicationName: string;
  /** Of the server. */
  majorVersion: number;
}

/** A column to read, with the names of the query's columns that hold it. */
export interface JdbcColumn {
  column: ColumnSurvey;
  castTo?: ColumnPlan['castTo'];
  /** Its text form. */
  text: string;
  /** What typedAs takes, where that is anything. */
  typed?: string;
}
