import type { ColumnSurvey } from '../../model.ts';
import { MOST_DECIMAL_DIGITS, type JdbcColumn, type JdbcSession, type JdbcSource, type TypedForm } from '../jdbc.ts';
import type { Bounds, ReadTable } from '../source-engine.ts';
import { withoutDomains } from './casts.ts';
import { chunkCondition, fromClause } from './chunks.ts';
import { quoteIdentifier, quoteLiteral } from './identifiers.ts';
import { SESSION_SETTINGS } from './session-settings.ts';

const CONNECTION_TIMEOUT_SECONDS = '30';
/** Rows that a session has in memory at once: a wide row may be of a megabyte. */
const ROWS_FETCHED = '1000';
/** A server refuses settings that it doesn't know. */
const SINCE_VERSION: Record<string, number> = { idle_session_timeout: 14, transaction_timeout: 17 };
const MICROSECONDS_A_DAY = '86400000000';

/** The same session as connection.ts has, for the driver that AWS Glue has. */
export const postgresJdbc: JdbcSource = {
  scheme: 'jdbc:postgresql',
  driver: 'org.postgresql.Driver',
  properties: (session) => ({ ...jdbcProperties(session), fetchsize: ROWS_FETCHED }),
  snapshot: {
    begin: ['set transaction isolation level repeatable read read only'],
    export: 'select pg_export_snapshot()',
    // The driver tells the server the time zone of its JVM, whatever `options` say.
    join:
      "set timezone to 'UTC'; set transaction isolation level repeatable read read only; " +
      "set transaction snapshot '{snapshot}'",
  },
  readQuery,
  partition,
  typedAs: (column, name) => typedForm(column)?.spark(name),
};

/** For reading and writing. The properties are described in the driver's manual, "Connection parameters". */
export function jdbcProperties({ tls, applicationName, majorVersion }: JdbcSession): Record<string, string> {
  const options = Object.entries(SESSION_SETTINGS)
    .filter(([name]) => majorVersion >= (SINCE_VERSION[name] ?? 0))
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, String.raw`\$&`)}`);
  return {
    ApplicationName: applicationName,
    options: options.join(' '),
    sslmode: tls === 'require' ? 'require' : 'disable',
    connectTimeout: CONNECTION_TIMEOUT_SECONDS,
    // No socketTimeout: a server may be silent for long before the first row, and one that is gone is found so.
    tcpKeepAlive: 'true',
  };
}

/** Simple enough for the planner to take the brackets away: a partition then uses the key's index. */
function readQuery(table: ReadTable, columns: JdbcColumn[]): string {
  const selected = columns.flatMap(({ column, castTo, text, typed }) => {
    const form = typedForm(column);
    const asText = `${quoteIdentifier(column.name)}${castTo === undefined ? '' : `::${castTo}`}::text as ${text}`;
    return typed === undefined || !form ? [asText] : [asText, `${form.sql} as ${typed}`];
  });
  const key = (table.key?.columns ?? []).map((name, index) => `${quoteIdentifier(name)} as k${index + 1}`);
  return `(select ${[...selected, ...key].join(', ')} from ${fromClause(table)}${chunkCondition(table, {})}) il`;
}

function partition({ name, only, key }: ReadTable, bounds: Bounds): string {
  const named = key && { columns: key.columns.map((_, index) => `k${index + 1}`), types: key.types };
  const condition = chunkCondition({ name, only, where: [], ...(named && { key: named }) }, bounds);
  return condition.replace(/^ where /, '') || '1=1';
}

/**
 * Drivers make dates and times by a calendar that lacks ten days of 1582, and a time zone: so they go as numbers of days
 * and microseconds. What Spark has no place for is an error that names the column.
 */
function typedForm(column: ColumnSurvey): TypedForm | undefined {
  const type = withoutDomains(column.structure ?? column.fingerprint);
  const value = quoteIdentifier(column.name);
  const refused = (as: string) =>
    `(${value}::text || ${quoteLiteral(` of column ${column.name} has no place in Spark`)})::${as}`;
  const ifFinite = (sql: string, as: string) => `case when isfinite(${value}) then ${sql} else ${refused(as)} end`;
  switch (type.replace(/\(.*\)/, '')) {
    case 'boolean':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'real':
    case 'double precision':
    case 'bytea':
      return { sql: `${value}::${type}`, spark: (name) => name };
    case 'numeric':
      return isDecimalOfSpark(type)
        ? { sql: `case when ${value} = 'NaN' then ${refused(type)} else ${value}::${type} end`, spark: (name) => name }
        : undefined;
    case 'date':
      return {
        sql: ifFinite(daysOf(value), 'integer'),
        spark: (name) => `date_from_unix_date(${name})`,
      };
    case 'timestamp without time zone':
      return {
        sql: ifFinite(microsecondsOf(value), 'bigint'),
        spark: (name) => `cast(timestamp_micros(${name}) as timestamp_ntz)`,
      };
    case 'timestamp with time zone':
      return {
        sql: ifFinite(microsecondsOf(`(${value} at time zone 'UTC')`), 'bigint'),
        spark: (name) => `timestamp_micros(${name})`,
      };
    default:
      return undefined;
  }
}

function isDecimalOfSpark(type: string): boolean {
  const [precision, scale = 0] = (/\((.*)\)/.exec(type)?.[1] ?? '').split(',').map(Number);
  return (
    precision !== undefined && precision > 0 && precision <= MOST_DECIMAL_DIGITS && scale >= 0 && scale <= precision
  );
}

export function daysOf(date: string): string {
  return `${date}::date - date '1970-01-01'`;
}

/** Since 1970. By parts: before version 14 the seconds since 1970 are a floating-point number, too coarse for years far from it. */
export function microsecondsOf(timestamp: string): string {
  return (
    `(${daysOf(timestamp)})::bigint * ${MICROSECONDS_A_DAY} + ` +
    `(extract(epoch from ${timestamp}::time) * 1000000)::bigint`
  );
}
