import type { ColumnPlan, ColumnSurvey } from '../model.ts';
import type { Bounds, ReadTable } from './source-engine.ts';

/** How Spark reads from an engine, over JDBC. Everything that it is told is text, so values stand in it as literals. */
export interface JdbcSource {
  /** `jdbc:postgresql` */
  scheme: string;
  /** The class of the driver, which AWS Glue has by itself. */
  driver: string;
  /** The driver's properties for reading, without user and password. */
  properties(options: { tls: 'none' | 'require'; applicationName: string }): Record<string, string>;
  /** One view of the source for several connections; absent where the engine has none, or not on this server. */
  snapshot?: { begin: string[]; export: string; join: string };
  /** A query in brackets with an alias, within the table's conditions; its columns are those of `columns`, and the key as k1, k2, … */
  readQuery(table: ReadTable, columns: JdbcColumn[]): string;
  /** Rows with from < key ≤ to, for the query's own columns. `1=1` without bounds. */
  partition(table: ReadTable, bounds: Bounds): string;
  /** Whether Spark has a type that takes over every value of the column exactly, or says so in an error. */
  isTyped(column: ColumnSurvey): boolean;
}

/** A column to read, with the names of the query's columns that hold it. */
export interface JdbcColumn {
  column: ColumnSurvey;
  castTo?: ColumnPlan['castTo'];
  /** Its text form. */
  text: string;
  /** Its value as it is, where isTyped. */
  typed?: string;
}
