import type { EndpointRecord } from './endpoints.ts';
import type { ChosenTable, SourceTable } from './chosen-tables.ts';

/** A value as its engine writes it as text; bytes as \x and hexadecimal digits. */
export type Value = string | null;

/** Where a database is and how to log in. */
export interface Login {
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** The endpoint's SslMode. */
  tls: 'none' | 'require' | 'verify-ca' | 'verify-full';
}

/** Reads a source; each engine has one. */
export interface Reader {
  listTables(): Promise<SourceTable[]>;
  /** The table's chosen columns, in their order, some rows at a time. */
  read(table: ChosenTable): AsyncGenerator<Value[][]>;
  count(table: ChosenTable): Promise<number>;
  /** Cuts off what is under way. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** Writes into a target; each engine has one. */
export interface Writer {
  /** What DMS makes for itself, unless it is there. @param schema empty: the engine's default */
  makeControlTable(schema: string, table: ControlTable): Promise<void>;
  truncate(table: TargetTable): Promise<void>;
  /** All or none. */
  insert(table: TargetTable, columns: string[], rows: Value[][]): Promise<void>;
  update(table: TargetTable, set: [column: string, value: Value], key: [column: string, value: Value][]): Promise<void>;
  count(table: TargetTable): Promise<number>;
  /** Whether one row's values caused the error: a conversion, a length, a constraint. */
  isDataError(error: unknown): boolean;
  isTruncation(error: unknown): boolean;
  /** Whether the connection is gone, and not a table wrong. */
  isLost(error: unknown): boolean;
  cut(): Promise<void>;
  close(): Promise<void>;
}
type ControlTable = keyof typeof CONTROL_TABLES;
/** Columns of each: "Control table task settings" and "AWS DMS data validation" in the DMS user guide. */
export const CONTROL_TABLES = {
  awsdms_apply_exceptions: ['TASK_NAME', 'TABLE_OWNER', 'TABLE_NAME', 'ERROR_TIME', 'STATEMENT', 'ERROR'],
  awsdms_validation_failures_v1: [
    'TASK_NAME',
    'TABLE_OWNER',
    'TABLE_NAME',
    'FAILURE_TIME',
    'KEY_TYPE',
    'KEY',
    'FAILURE_TYPE',
    'DETAILS',
  ],
} as const;
export interface TargetTable {
  schema: string;
  table: string;
}

/** How an engine writes names and values in SQL. */
export interface Dialect {
  name(name: string): string;
  literal(value: string, isNumber: boolean): string;
}

type ReadSecret = (id: string) => string | undefined;

/** @throws Error in DMS's words when the endpoint's secret isn't there or says too little */
export function loginOf({ shown, database, login }: EndpointRecord, readSecret: ReadSecret): Login {
  const { SslMode: tls = 'none' } = shown;
  if (!('secretId' in login)) {
    const { username, password, serverName, port } = login;
    return { host: serverName, port, database, user: username, password, tls };
  }
  const text = readSecret(login.secretId);
  if (text === undefined) throw new Error(`Test Endpoint failed: the secret ${login.secretId} cannot be found`);
  const { host, port, username, password } = JSON.parse(text) as Record<string, string | undefined>;
  if (!host || !port || !username || !password) {
    throw new Error(`Test Endpoint failed: the secret ${login.secretId} lacks host, port, username or password`);
  }
  return { host, port: Number(port), database, user: username, password, tls };
}

/** ` where …`, or nothing. @param range which of the table's ranges */
export function whereOf({ source, filters, ranges }: ChosenTable, dialect: Dialect, range?: number): string {
  const isNumber = (name: string) => source.columns.find((column) => column.name === name)?.isNumber ?? false;
  const literal = (column: string, value = '') => dialect.literal(value, isNumber(column));
  const clauses = filters.map((filter) => {
    const column = filter['column-name'];
    const name = dialect.name(column);
    const alternatives = filter['filter-conditions'].map((condition) => {
      const value = literal(column, condition.value);
      const [from, to] = [literal(column, condition['start-value']), literal(column, condition['end-value'])];
      switch (condition['filter-operator']) {
        case 'eq':
          return `${name} = ${value}`;
        case 'noteq':
          return `${name} <> ${value}`;
        case 'ste':
        case 'lte':
          return `${name} <= ${value}`;
        case 'gte':
          return `${name} >= ${value}`;
        case 'between':
          return `${name} between ${from} and ${to}`;
        case 'notbetween':
          return `${name} not between ${from} and ${to}`;
        case 'null':
          return `${name} is null`;
        case 'notnull':
          return `${name} is not null`;
      }
    });
    return `(${alternatives.join(' or ')})`;
  });
  if (ranges !== undefined && range !== undefined) {
    const key = `(${ranges.columns.map(dialect.name).join(', ')})`;
    const row = (values: string[]) => `(${values.map((value, n) => literal(ranges.columns[n]!, value)).join(', ')})`;
    const [above, upTo] = [ranges.boundaries[range - 1], ranges.boundaries[range]];
    if (above !== undefined) clauses.push(`${key} > ${row(above)}`);
    if (upTo !== undefined) clauses.push(`${key} <= ${row(upTo)}`);
  }
  return clauses.length === 0 ? '' : ` where ${clauses.join(' and ')}`;
}

/** A table's ranges, one after the other; without any it is one. */
export function rangesOf({ ranges }: ChosenTable): number[] {
  return Array.from({ length: (ranges?.boundaries.length ?? 0) + 1 }, (_, range) => range);
}
